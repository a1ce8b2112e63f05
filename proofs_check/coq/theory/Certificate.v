(** What an optimality gap certifies, and the ball about the true student. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Hierarchy Derive AutoDerive.
From KLRegression Require Import Definitions Sums Logarithms Gain Distances.
From KLRegression Require Statements.
Open Scope R_scope.

(** ** Gains are linear in the truth *)

Theorem affine_gain : Statements.affine_gain.
Proof.
  intros P f g s HP Nf Ng Ns Fg Fs. unfold gain, KL, log_ratio. rewrite <- total_minus.
  apply total_ext; [exact HP|]. intros i c Hi Hc W. specialize (Fg i c Hi Hc W).
  specialize (Fs i c Hi Hc W). specialize (Ng i c Hi Hc W). specialize (Ns i c Hi Hc W). simpl in *.
  destruct Ns as [S|S]; [|rewrite Fs by auto; ring]. destruct Ng as [G|G]; [|rewrite Fg by auto; ring].
  rewrite (ln_split (f i c) (s i c) (g i c)); [ring|now apply Nf|exact S|exact G].
Qed.

Lemma log_ratio_mixture P m models a f g s : probability P -> same P f (mixture m models a) ->
  log_ratio P f g s = sum m (fun j => a j * log_ratio P (models j) g s).
Proof.
  intros HP H. unfold log_ratio. rewrite <- (total_mixture P HP). apply total_ext; [exact HP|].
  intros i c Hi Hc W. rewrite (H i c Hi Hc W). unfold mixture.
  rewrite Rmult_comm, <- sum_scale. apply sum_ext. intros j _. ring.
Qed.

(** An average lies between bounds of the numbers that carry weight. *)
Lemma average_at_least m a b x : (forall j, (j < m)%nat -> 0 <= a j) -> sum m a = 1 ->
  (forall j, (j < m)%nat -> 0 < a j -> x <= b j) -> x <= sum m (fun j => a j * b j).
Proof.
  intros Na One H. replace x with (sum m (fun j => x * a j)) by (rewrite sum_scale, One; ring).
  apply sum_le. intros j Hj. destruct (Na j Hj) as [A| <-]; [|lra]. specialize (H j Hj A). nra.
Qed.

Lemma average_at_most m a b x : (forall j, (j < m)%nat -> 0 <= a j) -> sum m a = 1 ->
  (forall j, (j < m)%nat -> 0 < a j -> b j <= x) -> sum m (fun j => a j * b j) <= x.
Proof.
  intros Na One H. replace x with (sum m (fun j => x * a j)) by (rewrite sum_scale, One; ring).
  apply sum_le. intros j Hj. destruct (Na j Hj) as [A| <-]; [|lra]. specialize (H j Hj A). nra.
Qed.

Theorem gain_bracket : Statements.gain_bracket.
Proof.
  intros P m models lo hi f g s HP H Nf Ng Ns Fg Fs (a & Na & One & Sf).
  rewrite affine_gain by assumption. rewrite (log_ratio_mixture P m models a f g s HP Sf). split.
  - apply average_at_least; auto. intros j Hj _. now apply H.
  - apply average_at_most; auto. intros j Hj _. now apply H.
Qed.

(** ** The gap *)

Theorem universal_certificate : Statements.universal_certificate.
Proof.
  intros P V f g s gap HP DV Dg Ds Fs Gap Vf Ff. destruct (Gap f Vf Ff) as [Ffs L].
  pose proof (affine_gain P f g s HP) as A. unfold gain in A.
  rewrite <- A in L; try assumption; [lra|apply (DV f Vf)|apply Dg|apply Ds].
Qed.

(** A mixture of finite divergence mixes only models of finite divergence. *)
Lemma finite_parts P m models a f g : (forall j, (j < m)%nat -> nonnegative P (models j)) ->
  (forall j, (j < m)%nat -> 0 <= a j) -> same P f (mixture m models a) -> finite P f g ->
  forall j, (j < m)%nat -> 0 < a j -> finite P (models j) g.
Proof.
  intros Nv Na Sf Ff j Hj A i c Hi Hc W Z. specialize (Ff i c Hi Hc W Z).
  rewrite (Sf i c Hi Hc W) in Ff. unfold mixture in Ff.
  assert (N : forall k, (k < m)%nat -> 0 <= a k * models k i c).
  { intros k Hk. apply Rmult_le_pos; [auto|now apply (Nv k)]. }
  pose proof (sum_term m (fun k => a k * models k i c) j N Hj) as T. rewrite Ff in T.
  destruct (Nv j Hj i c Hi Hc W) as [V|V]; [nra|auto].
Qed.

Theorem gap_of_a_hull : Statements.gap_of_a_hull.
Proof.
  intros P m models g s gap HP Dv H f (a & Na & One & Sf) Ff.
  assert (Nv : forall j, (j < m)%nat -> nonnegative P (models j)) by (intros j Hj; now apply Dv).
  pose proof (finite_parts P m models a f g Nv Na Sf Ff) as Live. split.
  - intros i c Hi Hc W Z. rewrite (Sf i c Hi Hc W). apply sum_zero. intros j Hj.
    destruct (Na j Hj) as [A| <-]; [|ring]. destruct (H j Hj (Live j Hj A)) as [F _].
    rewrite (F i c Hi Hc W Z). ring.
  - rewrite (log_ratio_mixture P m models a f g s HP Sf).
    enough (KL P s g - gap <= sum m (fun j => a j * log_ratio P (models j) g s)) by lra.
    apply average_at_least; auto. intros j Hj A. destruct (H j Hj (Live j Hj A)) as [_ L]. lra.
Qed.

(** ** The hull is a convex class of distributions *)

Lemma hull_convex P m models : convex (hull P m models).
Proof.
  intros f h t (a & Na & A1 & Sf) (b & Nb & B1 & Sh) Ht.
  exists (fun j => (1 - t) * a j + t * b j). split; [|split].
  - intros j Hj. specialize (Na j Hj). specialize (Nb j Hj). nra.
  - rewrite sum_plus, !sum_scale, A1, B1. ring.
  - intros i c Hi Hc W. unfold mix. rewrite (Sf i c Hi Hc W), (Sh i c Hi Hc W). unfold mixture.
    rewrite <- !sum_scale, <- sum_plus. apply sum_ext. intros j _. ring.
Qed.

Lemma hull_distributions P m models : (forall j, (j < m)%nat -> distribution P (models j)) ->
  of_distributions P (hull P m models).
Proof.
  intros Dv f (a & Na & A1 & Sf). split.
  - intros i c Hi Hc W. rewrite (Sf i c Hi Hc W). apply sum_nonneg. intros j Hj.
    apply Rmult_le_pos; [auto|]. now apply (Dv j Hj).
  - intros i Hi W. rewrite (sum_ext _ _ (mixture m models a i)) by (intros c Hc; now apply Sf).
    unfold mixture. rewrite sum_swap, <- A1. apply sum_ext. intros j Hj.
    rewrite sum_scale. destruct (Dv j Hj) as [_ R]. rewrite R by assumption. ring.
Qed.

(** ** The ball: add the gain theorem at the computed student to the certificate at the true one *)

Lemma jeffreys_ball P V g s t gap : probability P -> convex V -> of_distributions P V -> distribution P g ->
  left_student P V g s -> V t -> finite P t g -> gap_at_most P V g t gap ->
  finite P t s /\ finite P s t /\ KL P t s + KL P s t <= gap.
Proof.
  intros HP HV DV Dg St Vt Ft Gap. pose proof St as (Vs & Fs & _).
  destruct (gain_theorem P V t g s HP HV DV Dg St Vt Ft) as [Fts G].
  destruct (Gap s Vs Fs) as [Fst _].
  pose proof (universal_certificate P V s g t gap HP DV Dg (DV t Vt) Ft Gap Vs Fs) as C.
  repeat split; auto. lra.
Qed.

Lemma distance_symmetric P f g : probability P -> distance P f g = distance P g f.
Proof. intros HP. apply total_ext; [exact HP|]. intros i c _ _ _. apply Rabs_minus_sym. Qed.

Theorem ball_about_the_true_student : Statements.ball_about_the_true_student.
Proof.
  intros P V g s t gap HP HV DV Dg St Vt Ft Gap.
  destruct (jeffreys_ball P V g s t gap HP HV DV Dg St Vt Ft Gap) as (Fts & Fst & J).
  pose proof St as (Vs & Fs & Least). split; [exact J|]. split; [|split].
  - pose proof (pinsker_squared P t s HP (DV t Vt) (DV s Vs) Fts) as P1.
    pose proof (pinsker_squared P s t HP (DV s Vs) (DV t Vt) Fst) as P2.
    rewrite (distance_symmetric P s t HP) in P2.
    rewrite <- (sqrt_pow2 (distance P t s)); [apply sqrt_le_1_alt; lra|].
    apply total_nonneg; [exact HP|]. intros i c _ _ _. apply Rabs_pos.
  - pose proof (universal_certificate P V s g t gap HP DV Dg (DV t Vt) Ft Gap Vs Fs) as C.
    pose proof (KL_nonneg P s t HP (DV s Vs) (DV t Vt) Fst). lra.
  - now apply Least.
Qed.

(** ** The error of the true student *)

Lemma exp_above u : 0 <= u -> exp (- u) <= 1 - u + u ^ 2 / 2.
Proof.
  intros Hu. pose (h := fun v => 1 - v + v ^ 2 / 2 - exp (- v)). enough (h 0 <= h u) as H.
  { unfold h in H. rewrite Ropp_0, exp_0 in H. lra. }
  apply valley with (fun v => - 1 + v + exp (- v)). intros v Hv.
  rewrite Rmin_left in Hv by lra. split; [unfold h; auto_derive; [exact I|field]|].
  pose proof (exp_ineq1_le (- v)). split; intros; [lra|].
  replace v with 0 by lra. rewrite Ropp_0, exp_0. lra.
Qed.

(** u (1 - exp(-u)) is at least u^2 (1 - x/2) as long as it is at most x^2 (1 - x/2). *)
Lemma square_below u x : 0 < x <= 1 -> u * (1 - exp (- u)) <= x ^ 2 * (1 - x / 2) ->
  u ^ 2 * (1 - x / 2) <= u * (1 - exp (- u)).
Proof.
  intros Hx H. destruct (Rle_lt_dec 0 u) as [P|N].
  - assert (u <= x) as L.
    { destruct (Rle_lt_dec u x) as [|L]; [assumption|exfalso].
      pose proof (exp_above x ltac:(lra)) as A.
      assert (exp (- u) < exp (- x)) by (apply exp_increasing; lra).
      assert (x * (x - x ^ 2 / 2) < u * (1 - exp (- u))) by (apply Rmult_le_0_lt_compat; nra). lra. }
    pose proof (exp_above u P). assert (u ^ 2 * (1 - x / 2) <= u ^ 2 * (1 - u / 2)).
    { apply Rmult_le_compat_l; [apply pow2_ge_0|lra]. } nra.
  - pose proof (exp_ineq1_le (- u)). nra.
Qed.

Lemma log_square_term s t x : 0 < s -> 0 < t -> 0 < x <= 1 ->
  (t - s) * ln (t / s) <= t * (x ^ 2 * (1 - x / 2)) ->
  t * ln (t / s) ^ 2 <= / (1 - x / 2) * ((t - s) * ln (t / s)).
Proof.
  intros Hs Ht Hx. assert (s = t * exp (- ln (t / s))) as E.
  { rewrite exp_Ropp, exp_ln by now apply Rdiv_lt_0_compat. field. lra. }
  set (u := ln (t / s)) in *. rewrite E.
  replace ((t - t * exp (- u)) * u) with (t * (u * (1 - exp (- u)))) by ring. intros H.
  apply Rmult_le_reg_l in H; [|exact Ht]. pose proof (square_below u x Hx H) as Q.
  apply Rmult_le_reg_l with (1 - x / 2); [lra|]. rewrite <- (Rmult_assoc _ (/ _)), Rinv_r, Rmult_1_l by lra.
  apply (Rmult_le_compat_l t) in Q; lra.
Qed.

(** The Jeffreys divergence, entry by entry. *)
Lemma jeffreys_entries P t s : probability P -> nonnegative P t -> nonnegative P s ->
  finite P t s -> finite P s t ->
  KL P t s + KL P s t = total P (fun i c => (t i c - s i c) * ln (t i c / s i c)) /\
  everywhere P (fun i c => 0 <= (t i c - s i c) * ln (t i c / s i c)).
Proof.
  intros HP Nt Ns Fts Fst. split.
  - unfold KL. rewrite <- total_plus. apply total_ext; [exact HP|]. intros i c Hi Hc W.
    specialize (Fst i c Hi Hc W). specialize (Fts i c Hi Hc W). cbv beta in *.
    destruct (Nt i c Hi Hc W) as [T|T]; [|rewrite <- T, Fst by auto; ring].
    destruct (Ns i c Hi Hc W) as [S|S]; [|rewrite <- S, Fts by auto; ring].
    rewrite !ln_quotient by assumption. ring.
  - intros i c Hi Hc W. specialize (Fst i c Hi Hc W). specialize (Fts i c Hi Hc W). cbv beta in *.
    destruct (Nt i c Hi Hc W) as [T|T]; [|rewrite <- T, Fst by auto; lra].
    destruct (Ns i c Hi Hc W) as [S|S]; [|rewrite <- S, Fts by auto; lra].
    pose proof (kl_term_nonneg _ _ (or_introl T) S). pose proof (kl_term_nonneg _ _ (or_introl S) T).
    rewrite !ln_quotient in * by assumption. lra.
Qed.

(** E sum_c (f - t) log(t/s), by Cauchy. *)
Lemma cross_term P f s t gap x : probability P -> nonnegative P t -> nonnegative P s ->
  finite P t s -> finite P s t -> finite P f t -> KL P t s + KL P s t <= gap -> 0 < x <= 1 ->
  everywhere P (fun i c => 0 < t i c -> gap <= weight P i * t i c * (x ^ 2 * (1 - x / 2))) ->
  Rabs (total P (fun i c => (f i c - t i c) * ln (t i c / s i c)))
  <= sqrt (chi_squared P f t * (gap / (1 - x / 2))).
Proof.
  intros HP Nt Ns Fts Fst Fft J Hx Small.
  destruct (jeffreys_entries P t s HP Nt Ns Fts Fst) as [Q N]. rewrite Q in J.
  set (u := fun i c => (f i c - t i c) * ln (t i c / s i c)).
  assert (C : total P (fun i c => Rabs (u i c)) ^ 2 <=
    chi_squared P f t * total P (fun i c => / (1 - x / 2) * ((t i c - s i c) * ln (t i c / s i c)))).
  { apply cauchy; [exact HP|]. intros i c Hi Hc W. specialize (N i c Hi Hc W).
    pose proof (total_term P HP _ i c ltac:(exact (proj2 (jeffreys_entries P t s HP Nt Ns Fts Fst))) Hi Hc W) as B.
    specialize (Small i c Hi Hc W). specialize (Fft i c Hi Hc W). specialize (Fst i c Hi Hc W).
    specialize (Fts i c Hi Hc W). cbv beta in *. unfold u. assert (0 < / (1 - x / 2)) by (apply Rinv_0_lt_compat; lra).
    destruct (Nt i c Hi Hc W) as [T|T].
    - destruct (Ns i c Hi Hc W) as [S|S]; [|rewrite Fts in T by auto; lra].
      assert (Y : t i c * ln (t i c / s i c) ^ 2 <= / (1 - x / 2) * ((t i c - s i c) * ln (t i c / s i c))).
      { apply log_square_term; auto. apply Rmult_le_reg_l with (weight P i); [exact W|].
        specialize (Small T). lra. }
      assert (0 <= (f i c - t i c) ^ 2 / t i c).
      { apply Rmult_le_pos; [apply pow2_ge_0|]. left. now apply Rinv_0_lt_compat. }
      split; [assumption|split; [nra|]].
      replace (((f i c - t i c) * ln (t i c / s i c)) ^ 2)
        with ((f i c - t i c) ^ 2 / t i c * (t i c * ln (t i c / s i c) ^ 2)) by (field; lra).
      now apply Rmult_le_compat_l.
    - rewrite <- T, Fft by auto. unfold Rdiv. rewrite !Rminus_0_r, pow_i, !Rmult_0_l by lia.
      rewrite <- T in N. unfold Rdiv in N. rewrite Rmult_0_l in N. repeat split; [lra|nra|lra]. }
  eapply Rle_trans; [apply total_triangle; exact HP|].
  rewrite <- (sqrt_pow2 (total P _)) by (apply total_nonneg; [exact HP|]; intros i c _ _ _; apply Rabs_pos).
  apply sqrt_le_1_alt. eapply Rle_trans; [exact C|]. rewrite total_scale.
  apply Rmult_le_compat_l.
  - apply total_nonneg; [exact HP|]. intros i c Hi Hc W. destruct (Nt i c Hi Hc W) as [T|T].
    + apply Rmult_le_pos; [apply pow2_ge_0|]. left. now apply Rinv_0_lt_compat.
    + rewrite <- T, (Fft i c Hi Hc W) by auto. unfold Rdiv. rewrite Rminus_0_r, pow_i by lia. lra.
  - unfold Rdiv. rewrite Rmult_comm. apply Rmult_le_compat_r; [|exact J].
    left. apply Rinv_0_lt_compat. lra.
Qed.

Theorem error_of_the_true_student : Statements.error_of_the_true_student.
Proof.
  intros P V f g s t gap x HP HV DV Dg St Vt Ft Gap Df Fft Hx Small radius.
  destruct (jeffreys_ball P V g s t gap HP HV DV Dg St Vt Ft Gap) as (Fts & Fst & J).
  pose proof (DV s (proj1 St)) as Ds. pose proof (DV t Vt) as Dt.
  assert (Ffs : finite P f s) by (intros i c Hi Hc W Z; now apply (Fft i c), (Fts i c)).
  assert (KL P f s - KL P f t = total P (fun i c => (f i c - t i c) * ln (t i c / s i c)) + KL P t s) as ->.
  { pose proof (affine_gain P f s t HP) as A. unfold gain, log_ratio in A.
    rewrite A by (try apply Df; try apply Ds; try apply Dt; auto). unfold KL. rewrite <- total_plus.
    apply total_ext; [exact HP|]. intros i c _ _ _. ring. }
  pose proof (KL_nonneg P t s HP Dt Ds Fts). pose proof (KL_nonneg P s t HP Ds Dt Fst).
  pose proof (cross_term P f s t gap x HP (proj1 Dt) (proj1 Ds) Fts Fst Fft J Hx Small) as C.
  fold radius in C. revert C. unfold Rabs. destruct (Rcase_abs _); lra.
Qed.
