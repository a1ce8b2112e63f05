(** Pinsker's inequality, that of Bretagnolle and Huber, and Jensen's for the logarithm. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Hierarchy Derive AutoDerive.
From KLRegression Require Import Definitions Sums Logarithms Gain.
From KLRegression Require Statements.
Open Scope R_scope.

(** ** Jensen: E sum_c f log z <= log E sum_c f z *)

Lemma jensen P f z : probability P -> distribution P f ->
  everywhere P (fun i c => 0 < f i c -> 0 < z i c) ->
  0 < total P (fun i c => f i c * z i c) /\
  total P (fun i c => f i c * ln (z i c)) <= ln (total P (fun i c => f i c * z i c)).
Proof.
  intros HP Df Hz. pose proof (total_distribution P HP f Df) as One. destruct Df as [Nf _].
  set (m := total P (fun i c => f i c * z i c)).
  assert (N : everywhere P (fun i c => 0 <= f i c * z i c)).
  { intros i c Hi Hc W. destruct (Nf i c Hi Hc W) as [F| <-]; [|lra].
    specialize (Hz i c Hi Hc W F). nra. }
  assert (M : 0 < m).
  { destruct (total_nonneg P HP _ N) as [|Z]; [assumption|exfalso].
    enough (total P f <= 0) by lra. rewrite <- (total_zero P HP (fun _ _ => 0)) by (intros; intros ?; auto).
    apply total_le; [exact HP|]. intros i c Hi Hc W.
    destruct (Nf i c Hi Hc W) as [F|F]; [exfalso|lra]. specialize (Hz i c Hi Hc W F).
    enough (0 < total P (fun i c => f i c * z i c)) by lra.
    apply (total_pos P HP _ i c); auto. nra. }
  split; [exact M|].
  enough (total P (fun i c => f i c * ln (z i c)) - ln m * total P f <= / m * m - total P f)
    by (rewrite One, Rinv_l in * by lra; lra).
  unfold m at 3. rewrite <- !total_scale, <- !total_minus. apply total_le; [exact HP|].
  intros i c Hi Hc W. destruct (Nf i c Hi Hc W) as [F| <-]; [|lra].
  specialize (Hz i c Hi Hc W F). assert (0 < z i c / m) as Q by now apply Rdiv_lt_0_compat.
  pose proof (ln_below _ Q) as L. rewrite ln_quotient in L by assumption. unfold Rdiv in L. nra.
Qed.

(** ** Pinsker, from 3 (a - b)^2 <= (2 a + 4 b) (a log(a/b) - a + b) *)

Lemma pinsker_slope x : 0 < x -> (1 <= x -> 0 <= (x + 1) * ln x - 2 * (x - 1)) /\
                                 (x <= 1 -> (x + 1) * ln x - 2 * (x - 1) <= 0).
Proof.
  intros Hx. set (h := fun u => (u + 1) * ln u - 2 * (u - 1)).
  assert (H1 : h 1 = 0) by (unfold h; rewrite ln_1; ring).
  destruct (MVT_gen h 1 x (fun u => ln u + / u - 1)) as (u & Hu & Q).
  - intros u Hu. assert (0 < u) by (revert Hu; unfold Rmin; destruct (Rle_dec 1 x); lra).
    unfold h. auto_derive; [assumption|field; lra].
  - intros u Hu. assert (0 < u) by (revert Hu; unfold Rmin; destruct (Rle_dec 1 x); lra).
    apply derivable_continuous_pt. exists (ln u + / u - 1). apply is_derive_Reals.
    unfold h. auto_derive; [assumption|field; lra].
  - assert (0 < u) by (revert Hu; unfold Rmin; destruct (Rle_dec 1 x); lra).
    assert (0 <= ln u + / u - 1).
    { assert (0 < / u) as I by now apply Rinv_0_lt_compat.
      pose proof (ln_below _ I) as L. rewrite ln_Rinv in L by assumption. lra. }
    fold (h x). split; intros; nra.
Qed.

Lemma pinsker_term a b : 0 <= a -> 0 < b ->
  (a - b) ^ 2 <= (2 / 3 * a + 4 / 3 * b) * (a * ln (a / b) - a + b).
Proof.
  intros [Ha| <-] Hb; [|nra]. assert (exists x, 0 < x /\ a = x * b) as (x & Hx & ->).
  { exists (a / b). split; [now apply Rdiv_lt_0_compat|field; lra]. }
  replace (x * b / b) with x by (field; lra).
  set (h := fun u => (2 * u + 4) * (u * ln u - u + 1) - 3 * (u - 1) ^ 2).
  assert (h 1 <= h x) as V.
  { apply valley with (fun u => 4 * ((u + 1) * ln u - 2 * (u - 1))). intros u Hu.
    assert (0 < u) by (revert Hu; unfold Rmin; destruct (Rle_dec 1 x); lra). split.
    - unfold h. auto_derive; [assumption|field; lra].
    - destruct (pinsker_slope u) as [L R]; [assumption|]. split; intros B; [specialize (L B)|specialize (R B)]; lra. }
  unfold h in V. rewrite ln_1 in V. assert (0 < b * b) by nra.
  replace ((x * b - b) ^ 2) with (b * b * (x - 1) ^ 2) by ring.
  replace ((2 / 3 * (x * b) + 4 / 3 * b) * (x * b * ln x - x * b + b))
    with (b * b * ((2 / 3 * x + 4 / 3) * (x * ln x - x + 1))) by field.
  apply Rmult_le_compat_l; lra.
Qed.

Lemma pinsker_squared P f g : probability P -> distribution P f -> distribution P g -> finite P f g ->
  distance P f g ^ 2 <= 2 * KL P f g.
Proof.
  intros HP Df Dg Ff. rewrite (KL_generalised P f g) by assumption.
  replace 2 with (total P (fun i c => 2 / 3 * f i c + 4 / 3 * g i c))
    by (rewrite total_plus, !total_scale, !total_distribution by assumption; field).
  apply cauchy; [exact HP|]. intros i c Hi Hc W. specialize (Ff i c Hi Hc W).
  destruct Df as [Nf _], Dg as [Ng _]. specialize (Nf i c Hi Hc W). specialize (Ng i c Hi Hc W).
  cbv beta in *. destruct Ng as [Hg|Hg].
  - pose proof (kl_term_nonneg _ _ Nf Hg). pose proof (pinsker_term _ _ Nf Hg). repeat split; lra.
  - symmetry in Hg. rewrite (Ff Hg), Hg. repeat split; lra.
Qed.

Theorem pinsker : Statements.pinsker.
Proof.
  intros P f g HP Df Dg Ff. pose proof (pinsker_squared P f g HP Df Dg Ff).
  rewrite <- (sqrt_pow2 (distance P f g)); [now apply sqrt_le_1_alt|].
  apply total_nonneg; [exact HP|]. intros i c _ _ _. apply Rabs_pos.
Qed.

(** ** Bretagnolle and Huber: exp(-KL) <= (E sum sqrt(f g))^2 <= 1 - TV^2 *)

Definition affinity (P : sample) (f g : prediction) := total P (fun i c => sqrt (f i c * g i c)).

Lemma affinity_below P f g : probability P -> distribution P f -> distribution P g -> finite P f g ->
  exp (- KL P f g) <= affinity P f g ^ 2.
Proof.
  intros HP Df Dg Ff. set (z := fun i c => sqrt (g i c / f i c)).
  assert (Hz : everywhere P (fun i c => 0 < f i c -> 0 < g i c /\ 0 < z i c)).
  { intros i c Hi Hc W F. destruct Dg as [Ng _]. destruct (Ng i c Hi Hc W) as [G|G].
    - split; [exact G|]. apply sqrt_lt_R0. now apply Rdiv_lt_0_compat.
    - symmetry in G. rewrite (Ff i c Hi Hc W G) in F. lra. }
  destruct (jensen P f z HP Df) as [M J]; [intros i c Hi Hc W F; now apply (Hz i c)|].
  assert (A : affinity P f g = total P (fun i c => f i c * z i c)).
  { apply total_ext; [exact HP|]. intros i c Hi Hc W. unfold z.
    destruct Df as [Nf _]. destruct (Nf i c Hi Hc W) as [F| <-]; [|rewrite !Rmult_0_l; apply sqrt_0].
    destruct (Hz i c Hi Hc W F) as [G _].
    replace (f i c * g i c) with (f i c * f i c * (g i c / f i c)) by (field; lra).
    rewrite sqrt_mult, sqrt_square by (try nra; left; now apply Rdiv_lt_0_compat). reflexivity. }
  assert (L : - KL P f g <= 2 * ln (affinity P f g)).
  { rewrite A. apply Rle_trans with (2 * total P (fun i c => f i c * ln (z i c))); [|lra].
    rewrite <- total_scale. unfold KL. replace (- total P _) with ((-1) * total P (fun i c => f i c * ln (f i c / g i c))) by ring.
    rewrite <- total_scale. right. apply total_ext; [exact HP|]. intros i c Hi Hc W.
    destruct Df as [Nf _]. destruct (Nf i c Hi Hc W) as [F| <-]; [|ring].
    destruct (Hz i c Hi Hc W F) as [G _]. unfold z. rewrite <- Rpower_sqrt by now apply Rdiv_lt_0_compat.
    unfold Rpower. rewrite ln_exp, !ln_quotient by assumption. field. }
  rewrite <- A in M. rewrite <- (exp_ln (affinity P f g ^ 2)) by now apply pow_lt.
  rewrite ln_pow by exact M. simpl INR.
  destruct (Rle_lt_or_eq_dec _ _ L) as [S|S]; [left; apply exp_increasing; lra|right; f_equal; lra].
Qed.

Lemma affinity_above P f g : probability P -> distribution P f -> distribution P g ->
  affinity P f g ^ 2 <= 1 - (distance P f g / 2) ^ 2.
Proof.
  intros HP Df Dg. set (t := distance P f g / 2).
  set (lo := fun i c => (f i c + g i c) / 2 - Rabs (f i c - g i c) / 2).
  set (hi := fun i c => (f i c + g i c) / 2 + Rabs (f i c - g i c) / 2).
  assert (T : total P lo = 1 - t /\ total P hi = 1 + t).
  { unfold lo, hi, t, distance, Rdiv. rewrite total_minus, total_plus.
    replace (total P (fun i c => (f i c + g i c) * / 2)) with (/ 2 * (total P f + total P g)).
    - replace (total P (fun i c => Rabs (f i c - g i c) * / 2)) with (/ 2 * total P (fun i c => Rabs (f i c - g i c))).
      + rewrite !total_distribution by assumption. split; field.
      + rewrite <- total_scale. apply total_ext; [exact HP|]. intros i c _ _ _. ring.
    - rewrite <- total_plus, <- total_scale. apply total_ext; [exact HP|]. intros i c _ _ _. ring. }
  replace (1 - t ^ 2) with (total P lo * total P hi) by (destruct T as [-> ->]; ring).
  unfold affinity. rewrite (total_ext P HP _ (fun i c => Rabs (sqrt (f i c * g i c))))
    by (intros i c _ _ _; symmetry; apply Rabs_pos_eq, sqrt_pos).
  apply cauchy; [exact HP|]. intros i c Hi Hc W. destruct Df as [Nf _], Dg as [Ng _].
  specialize (Nf i c Hi Hc W). specialize (Ng i c Hi Hc W). cbv beta in *.
  rewrite pow2_sqrt by nra. unfold lo, hi, Rabs. destruct (Rcase_abs _); repeat split; nra.
Qed.

Theorem bretagnolle_huber : Statements.bretagnolle_huber.
Proof.
  intros P f g HP Df Dg Ff. pose proof (affinity_below P f g HP Df Dg Ff).
  pose proof (affinity_above P f g HP Df Dg).
  enough (distance P f g / 2 <= sqrt (1 - exp (- KL P f g))) by lra.
  rewrite <- (sqrt_pow2 (distance P f g / 2)); [apply sqrt_le_1_alt; lra|].
  enough (0 <= distance P f g) by lra. apply total_nonneg; [exact HP|].
  intros i c _ _ _. apply Rabs_pos.
Qed.
