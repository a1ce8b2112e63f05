(** The risk bound: |KL(f,g) - KL(f,s)| <= C1 sqrt(KL(g,s)), C1 = sqrt(2 (1 - gamma) / gamma). *)
From Coq Require Import Reals Lra Lia Psatz Arith.
From Coquelicot Require Import Hierarchy Derive AutoDerive.
From KLRegression Require Import Definitions Sums Logarithms Gain Distances Certificate.
From KLRegression Require Statements.
Open Scope R_scope.

(** ** Two outcomes: log(a/b)^2 <= C kl(a, b) *)

Definition binary_kl (a b : R) := a * (ln a - ln b) + (1 - a) * (ln (1 - a) - ln (1 - b)).

Lemma ln_difference a b gamma : 0 < gamma -> gamma <= a -> a <= b -> 0 <= ln b - ln a <= (b - a) / gamma.
Proof.
  intros G A B. assert (0 < b / a) as Q by (apply Rdiv_lt_0_compat; lra). split.
  - destruct (Rle_lt_or_eq_dec _ _ B) as [L| ->]; [|lra].
    pose proof (ln_increasing a b ltac:(lra) L). lra.
  - rewrite <- ln_quotient by lra. eapply Rle_trans; [apply (ln_below _ Q)|].
    replace (b / a - 1) with ((b - a) * / a) by (field; lra). apply Rmult_le_compat_l; [lra|].
    now apply Rinv_le_contravar.
Qed.

Lemma binary_bound a b gamma : 0 < gamma -> gamma <= a < 1 -> gamma <= b < 1 ->
  (ln b - ln a) ^ 2 <= 2 * (1 - gamma) / gamma * binary_kl a b.
Proof.
  intros G A B. set (C := 2 * (1 - gamma) / gamma).
  set (h := fun u => C * binary_kl a u - (ln u - ln a) ^ 2).
  assert (h a <= h b) as V.
  { apply valley with (fun u => (C * ((u - a) / (1 - u)) - 2 * (ln u - ln a)) / u). intros u Hu.
    assert (gamma <= u < 1) by (revert Hu; unfold Rmin, Rmax; destruct (Rle_dec a b); lra).
    assert (R : 2 / gamma <= C / (1 - u)).
    { unfold C. replace (2 * (1 - gamma) / gamma / (1 - u)) with (2 / gamma * ((1 - gamma) / (1 - u))) by (field; lra).
      assert (0 < 2 / gamma) by (apply Rdiv_lt_0_compat; lra).
      assert (1 <= (1 - gamma) / (1 - u)) by (apply Rmult_le_reg_r with (1 - u); [lra|];
        unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra; lra). nra. }
    assert (I : 0 < / u) by (apply Rinv_0_lt_compat; lra). split; [|split; intros L].
    - unfold h, binary_kl. auto_derive; [lra|]. field. lra.
    - destruct (ln_difference a u gamma G (proj1 A) L) as [_ D]. apply Rmult_le_pos; [|lra].
      replace (C * ((u - a) / (1 - u))) with ((u - a) * (C / (1 - u))) by (field; lra).
      unfold Rdiv in *. nra.
    - destruct (ln_difference u a gamma G ltac:(lra) L) as [_ D].
      apply Rmult_le_reg_r with u; [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra.
      replace (C * ((u - a) * / (1 - u))) with (- ((a - u) * (C / (1 - u)))) by (field; lra).
      unfold Rdiv in *. nra. }
  unfold h, binary_kl in *. lra.
Qed.

(** ** A row's divergence is at least that of one class against the rest *)

Definition row_kl (k : nat) (g s : nat -> R) := sum k (fun c => g c * ln (g c / s c)).

Section Row.
Variables (k : nat) (g s : nat -> R) (d : nat).
Hypothesis Hd : (d < k)%nat.
Hypothesis Ng : forall c, (c < k)%nat -> 0 <= g c.
Hypothesis Ns : forall c, (c < k)%nat -> 0 <= s c.
Hypothesis G1 : sum k g = 1.
Hypothesis S1 : sum k s = 1.
Hypothesis F : forall c, (c < k)%nat -> s c = 0 -> g c = 0.

(** r scales s up to g outside the class d. *)
Lemma row_kl_scaled r : 0 < r ->
  g d * ln (g d / s d) + (1 - g d) * ln r + (1 - g d) - r * (1 - s d) <= row_kl k g s.
Proof.
  intros Hr. set (a := fun c => ln r * g c + (g c - r * s c)).
  apply Rle_trans with (sum k (fun c => if Nat.eqb c d then g d * ln (g d / s d) else a c)).
  - rewrite sum_update by exact Hd. unfold a. rewrite sum_plus, sum_minus, !sum_scale, G1, S1. lra.
  - apply sum_le. intros c Hc. destruct (Nat.eqb_spec c d) as [->|N]; [lra|]. unfold a.
    destruct (Ns c Hc) as [S|S].
    + assert (0 < r * s c) as R by now apply Rmult_lt_0_compat.
      pose proof (kl_term_nonneg (g c) _ (Ng c Hc) R) as L.
      destruct (Ng c Hc) as [Gc|Gc]; [|rewrite <- Gc in *; lra].
      rewrite ln_quotient, ln_mult in L by auto. rewrite ln_quotient by auto. lra.
    + rewrite <- S. rewrite (F c Hc) by auto. lra.
Qed.

Lemma row_kl_binary : 0 < s d < 1 -> 0 < g d < 1 -> binary_kl (g d) (s d) <= row_kl k g s.
Proof.
  intros Hs Hg. assert (0 < (1 - g d) / (1 - s d)) as R by (apply Rdiv_lt_0_compat; lra).
  pose proof (row_kl_scaled _ R) as Q. rewrite !ln_quotient in Q by lra. unfold binary_kl.
  replace ((1 - g d) / (1 - s d) * (1 - s d)) with (1 - g d) in Q by (field; lra). lra.
Qed.

Lemma below_one (f : nat -> R) : (forall c, (c < k)%nat -> 0 <= f c) -> sum k f = 1 -> f d <= 1.
Proof. intros N H. rewrite <- H. now apply sum_term. Qed.

(** A row that is certain of d on the left. *)
Lemma row_kl_certain : s d <= 1 -> 0 < s d -> g d = 1 -> - ln (s d) <= row_kl k g s.
Proof.
  intros S2 S0 Z. apply le_epsilon. intros e He.
  pose proof (row_kl_scaled e He) as Q. rewrite Z, ln_quotient, ln_1 in Q by lra.
  assert (0 <= e * s d) by nra. lra.
Qed.

(** On the right: then the row on the left is certain too. *)
Lemma certain_right : s d = 1 -> g d = 1.
Proof.
  intros Z. pose proof (below_one g Ng G1) as [L|]; [exfalso|assumption].
  set (K := row_kl k g s - g d * ln (g d / s d)).
  pose proof (row_kl_scaled (exp (K / (1 - g d))) (exp_pos _)) as Q.
  rewrite ln_exp, Z in Q. replace ((1 - g d) * (K / (1 - g d))) with K in Q by (field; lra).
  unfold K in Q. rewrite Z in Q. lra.
Qed.

(** The bound for the class d of one row, certain rows included. *)
Lemma row_bound gamma : 0 < gamma -> gamma <= g d -> gamma <= s d ->
  ln (s d / g d) ^ 2 <= 2 * (1 - gamma) / gamma * row_kl k g s.
Proof.
  intros G Hg Hs. pose proof (below_one g Ng G1) as G2. pose proof (below_one s Ns S1) as S2.
  assert (0 <= (1 - gamma) / gamma).
  { apply Rmult_le_pos; [lra|]. left. now apply Rinv_0_lt_compat. }
  assert (2 * (1 - gamma) / gamma = 2 * ((1 - gamma) / gamma)) as -> by (field; lra).
  rewrite ln_quotient by lra. destruct (Rle_lt_or_eq_dec _ _ G2) as [G3|G3].
  - assert (s d < 1) by (destruct S2 as [|Z]; [assumption|rewrite certain_right in G3 by exact Z; lra]).
    eapply Rle_trans; [apply (binary_bound (g d) (s d) gamma); lra|].
    assert (2 * (1 - gamma) / gamma = 2 * ((1 - gamma) / gamma)) as -> by (field; lra).
    apply Rmult_le_compat_l; [lra|]. apply row_kl_binary; lra.
  - pose proof (row_kl_certain S2 ltac:(lra) G3) as K. rewrite G3, ln_1.
    destruct (ln_difference (s d) 1 gamma G Hs S2) as [L0 L]. rewrite ln_1 in *.
    assert ((1 - s d) / gamma <= (1 - gamma) / gamma).
    { apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat|lra]. }
    replace ((ln (s d) - 0) ^ 2) with ((0 - ln (s d)) * (0 - ln (s d))) by ring.
    apply Rmult_le_compat; lra.
Qed.
End Row.

(** ** From rows to expectations *)

(** |sum_c f_c log(s_c/g_c)| <= C1 sqrt(KL of the row). *)
Lemma row_risk k f g s d C : 0 <= C -> 0 <= d ->
  (forall c, (c < k)%nat -> 0 <= f c) -> sum k f = 1 ->
  (forall c, (c < k)%nat -> 0 < f c -> ln (s c / g c) ^ 2 <= C * d) ->
  Rabs (sum k (fun c => f c * ln (s c / g c))) <= sqrt C * sqrt d.
Proof.
  intros HC HD Nf F1 H. eapply Rle_trans; [apply sum_triangle|].
  rewrite <- sqrt_mult by assumption.
  replace (sqrt (C * d)) with (sum k (fun c => sqrt (C * d) * f c)) by (rewrite sum_scale, F1; ring).
  apply sum_le. intros c Hc. rewrite Rabs_mult, (Rabs_pos_eq (f c)), Rmult_comm by auto.
  destruct (Nf c Hc) as [A| <-]; [|lra]. apply Rmult_le_compat_r; [lra|].
  rewrite <- (sqrt_pow2 (Rabs _)) by apply Rabs_pos. apply sqrt_le_1_alt.
  rewrite RPow_abs, Rabs_pos_eq by apply pow2_ge_0. now apply H.
Qed.

(** Jensen for the square root. *)
Lemma expected_sqrt P d : probability P -> (forall i, (i < points P)%nat -> 0 < weight P i -> 0 <= d i) ->
  E P (fun i => sqrt (d i)) <= sqrt (E P d).
Proof.
  intros [NW W1] Hd. set (r := E P (fun i => sqrt (d i))).
  assert (0 <= r).
  { apply sum_nonneg. intros i Hi. apply Rmult_le_pos; [auto|apply sqrt_pos]. }
  assert (0 <= E P (fun i => (sqrt (d i) - r) ^ 2)) as Q.
  { apply sum_nonneg. intros i Hi. apply Rmult_le_pos; [auto|apply pow2_ge_0]. }
  rewrite <- (sqrt_pow2 r) by assumption. apply sqrt_le_1_alt.
  enough (forall x, E P (fun i => (sqrt (d i) - x) ^ 2)
    = E P d - 2 * x * r + x ^ 2 * sum (points P) (weight P)) as A by (rewrite A, W1 in Q; lra).
  intros x. unfold r, E. rewrite <- !sum_scale, <- sum_minus, <- sum_plus. apply sum_ext.
  intros i Hi. destruct (NW i Hi) as [W|W]; [|rewrite <- W; ring].
  pose proof (pow2_sqrt (d i) (Hd i Hi W)) as S. set (y := sqrt (d i)) in *. rewrite <- S. ring.
Qed.

Lemma risk_bound_one_order P f g s C (D : nat -> R) : probability P ->
  distribution P f -> distribution P g -> distribution P s -> finite P f g -> finite P f s -> 0 <= C ->
  (forall i, (i < points P)%nat -> 0 < weight P i -> 0 <= D i) ->
  everywhere P (fun i c => 0 < f i c -> ln (s i c / g i c) ^ 2 <= C * D i) ->
  Rabs (KL P f g - KL P f s) <= sqrt C * sqrt (E P D).
Proof.
  intros HP Df Dg Ds Fg Fs HC ND H. pose proof (affine_gain P f g s HP) as A. unfold gain in A.
  rewrite A by (try apply Df; try apply Dg; try apply Ds; auto). clear A.
  apply Rle_trans with (sqrt C * E P (fun i => sqrt (D i))).
  2:{ apply Rmult_le_compat_l; [apply sqrt_pos|]. now apply expected_sqrt. }
  unfold log_ratio, total, E. eapply Rle_trans; [apply sum_triangle|].
  rewrite <- sum_scale. apply sum_le. intros i Hi. pose proof HP as [NW _].
  rewrite Rabs_mult, (Rabs_pos_eq (weight P i)) by auto. destruct (NW i Hi) as [W| <-]; [|lra].
  replace (sqrt C * (weight P i * sqrt (D i))) with (weight P i * (sqrt C * sqrt (D i))) by ring.
  apply Rmult_le_compat_l; [lra|]. destruct Df as [Nf F1].
  apply row_risk; [exact HC|now apply ND| |now apply F1|]; intros c Hc; [now apply Nf|now apply H].
Qed.

Lemma row_kl_nonneg k g s : (forall c, (c < k)%nat -> 0 <= g c) -> (forall c, (c < k)%nat -> 0 <= s c) ->
  sum k g = 1 -> sum k s = 1 -> (forall c, (c < k)%nat -> s c = 0 -> g c = 0) -> 0 <= row_kl k g s.
Proof.
  intros Ng Ns G1 S1 F. replace 0 with (sum k (fun c => g c - s c)) by (rewrite sum_minus; lra).
  apply sum_le. intros c Hc. destruct (Ns c Hc) as [S|S].
  - pose proof (kl_term_nonneg _ _ (Ng c Hc) S). lra.
  - rewrite <- S, (F c Hc) by auto. lra.
Qed.

(** A row of a distribution. *)
Lemma row P f i : distribution P f -> (i < points P)%nat -> 0 < weight P i ->
  (forall c, (c < classes P)%nat -> 0 <= f i c) /\ sum (classes P) (f i) = 1.
Proof. intros [N R] Hi W. split; [intros c Hc; now apply N|now apply R]. Qed.

(** A floor of the teacher where the truth has mass is at most 1. *)
Lemma floor_at_most_1 P f g gamma : probability P -> distribution P f -> distribution P g ->
  everywhere P (fun i c => 0 < f i c -> gamma <= g i c) -> gamma <= 1.
Proof.
  intros HP Df Dg H. destruct (Rle_lt_dec gamma 1) as [|L]; [assumption|exfalso].
  enough (total P f <= 0) by (rewrite (total_distribution P HP f Df) in *; lra).
  rewrite <- (total_zero P HP (fun _ _ => 0)) by (intros ? ? _ _ _; reflexivity).
  apply total_le; [exact HP|]. intros i c Hi Hc W. destruct (row P f i Df Hi W) as [Nf _].
  destruct (Nf c Hc) as [A|A]; [exfalso|lra]. specialize (H i c Hi Hc W A).
  destruct (row P g i Dg Hi W) as [Ng G1]. pose proof (below_one _ c Hc (g i) Ng G1). lra.
Qed.

(** The bound for one order of the divergence of two models a, b with a common floor. *)
Lemma ordered_bound P f a b gamma : probability P ->
  distribution P f -> distribution P a -> distribution P b -> 0 < gamma ->
  everywhere P (fun i c => 0 < f i c -> gamma <= a i c /\ gamma <= b i c) -> finite P a b ->
  Rabs (KL P f a - KL P f b) <= sqrt (2 * (1 - gamma) / gamma) * sqrt (KL P a b).
Proof.
  intros HP Df Da Db G H F.
  assert (Z : forall h, everywhere P (fun i c => 0 < f i c -> gamma <= h i c) -> finite P f h).
  { intros h L i c Hi Hc W Z. destruct (row P f i Df Hi W) as [Nf _].
    destruct (Nf c Hc) as [A|A]; [|auto]. specialize (L i c Hi Hc W A). cbv beta in L. lra. }
  assert (gamma <= 1) by (apply (floor_at_most_1 P f a); auto; intros i c Hi Hc W A; now apply H).
  assert (Fr : forall i, (i < points P)%nat -> 0 < weight P i ->
    forall c, (c < classes P)%nat -> b i c = 0 -> a i c = 0) by (intros; now apply F).
  apply (risk_bound_one_order P f a b _ (fun i => row_kl (classes P) (a i) (b i))); auto.
  - apply Z. intros i c Hi Hc W A. now apply H.
  - apply Z. intros i c Hi Hc W A. now apply H.
  - apply Rmult_le_pos; [lra|]. left. now apply Rinv_0_lt_compat.
  - intros i Hi W. destruct (row P a i Da Hi W), (row P b i Db Hi W). apply row_kl_nonneg; auto.
  - intros i c Hi Hc W A. destruct (row P a i Da Hi W), (row P b i Db Hi W).
    destruct (H i c Hi Hc W A). apply row_bound; auto.
Qed.

Theorem risk_bound : Statements.risk_bound.
Proof.
  intros P f g s gamma HP Df Dg Ds G H. split; intros F.
  - now apply ordered_bound.
  - rewrite Rabs_minus_sym. apply ordered_bound; auto. intros i c Hi Hc W A.
    destruct (H i c Hi Hc W A). split; assumption.
Qed.

Theorem risk_bound_by_pinsker : Statements.risk_bound_by_pinsker.
Proof.
  intros P f g s gamma HP Df Dg Ds G H F.
  destruct (risk_bound P f g s gamma HP Df Dg Ds G H) as [B _]. specialize (B F).
  eapply Rle_trans; [exact B|]. pose proof (KL_nonneg P g s HP Dg Ds F) as K.
  assert (I : 0 < / gamma) by now apply Rinv_0_lt_compat.
  assert (gamma <= 1) by (apply (floor_at_most_1 P f g); auto; intros i c Hi Hc W A; now apply H).
  assert (0 <= 2 * (1 - gamma) / gamma) by (apply Rmult_le_pos; lra).
  rewrite <- (sqrt_pow2 (/ gamma)) by lra. rewrite <- !sqrt_mult_alt by (try apply pow2_ge_0; lra).
  apply sqrt_le_1_alt. apply Rle_trans with (/ gamma ^ 2 / 2 * KL P g s); [|right; field; lra].
  apply Rmult_le_compat_r; [exact K|]. assert (0 < gamma ^ 2) by now apply pow_lt.
  apply Rmult_le_reg_r with (2 * gamma ^ 2); [lra|].
  replace (2 * (1 - gamma) / gamma * (2 * gamma ^ 2)) with (4 * gamma * (1 - gamma)) by (field; lra).
  replace (/ gamma ^ 2 / 2 * (2 * gamma ^ 2)) with 1 by (field; lra).
  pose proof (pow2_ge_0 (2 * gamma - 1)). nra.
Qed.
