(** Truths outside the class, and bounds of the gain for any student. *)
From Coq Require Import Reals Lra Lia Psatz.
From KLRegression Require Import Definitions Sums Logarithms Gain Distances Certificate.
From KLRegression Require Statements.
Import Statements (oscillation).
Open Scope R_scope.

(** ** Jensen *)

(** Where the truth has mass, teacher and student have it too. *)
Lemma charged P f g : distribution P f -> distribution P g -> finite P f g ->
  everywhere P (fun i c => 0 < f i c -> 0 < g i c).
Proof.
  intros Df Dg F i c Hi Hc W A. destruct Dg as [Ng _]. destruct (Ng i c Hi Hc W) as [|Z]; [assumption|].
  symmetry in Z. rewrite (F i c Hi Hc W Z) in A. lra.
Qed.

Theorem gain_by_jensen : Statements.gain_by_jensen.
Proof.
  intros P f g s HP Df Dg Ds Fg Fs.
  rewrite (affine_gain P f g s HP (proj1 Df) (proj1 Dg) (proj1 Ds) Fg Fs). unfold log_ratio.
  apply (jensen P f (fun i c => s i c / g i c) HP Df). intros i c Hi Hc W A. apply Rdiv_lt_0_compat.
  - now apply (charged P f s Df Ds Fs).
  - now apply (charged P f g Df Dg Fg).
Qed.

Theorem right_gain_by_roots : Statements.right_gain_by_roots.
Proof.
  intros P f g s HP Df Dg Ds Fg Fs.
  rewrite (affine_gain P f g s HP (proj1 Df) (proj1 Dg) (proj1 Ds) Fg Fs).
  assert (Q : everywhere P (fun i c => 0 < f i c -> 0 < g i c / s i c)).
  { intros i c Hi Hc W A. apply Rdiv_lt_0_compat; [now apply (charged P f g Df Dg Fg)|now apply (charged P f s Df Ds Fs)]. }
  destruct (jensen P f (fun i c => sqrt (g i c / s i c)) HP Df) as [_ J].
  { intros i c Hi Hc W A. apply sqrt_lt_R0. now apply Q. }
  enough (log_ratio P f g s = -2 * total P (fun i c => f i c * ln (sqrt (g i c / s i c)))) by lra.
  unfold log_ratio. rewrite <- total_scale. apply total_ext; [exact HP|]. intros i c Hi Hc W.
  destruct Df as [Nf N1]. destruct (Nf i c Hi Hc W) as [A| <-]; [|ring]. pose proof (Q i c Hi Hc W A) as B.
  assert (0 < g i c) by (apply (charged P f g (conj Nf N1) Dg Fg i c); auto).
  assert (0 < s i c) by (apply (charged P f s (conj Nf N1) Ds Fs i c); auto).
  rewrite <- Rpower_sqrt by exact B. unfold Rpower. rewrite ln_exp, !ln_quotient by assumption. field.
Qed.

(** ** The exact gain *)

Theorem right_exact_gain : Statements.right_exact_gain.
Proof.
  intros P f g s HP Df Dg Ds Fg Fs m.
  assert (Q : everywhere P (fun i c => 0 < f i c -> 0 < g i c / s i c)).
  { intros i c Hi Hc W A. apply Rdiv_lt_0_compat; [now apply (charged P f g Df Dg Fg)|now apply (charged P f s Df Ds Fs)]. }
  destruct (jensen P f (fun i c => g i c / s i c) HP Df Q) as [M _]. fold m in M.
  rewrite (affine_gain P f g s HP (proj1 Df) (proj1 Dg) (proj1 Ds) Fg Fs).
  enough (log_ratio P f g s + ln m * total P f = KL P f (fun i c => f i c * (g i c / s i c) / m))
    by (rewrite (total_distribution P HP f Df) in *; lra).
  unfold log_ratio, KL. rewrite <- total_scale, <- total_plus. apply total_ext; [exact HP|].
  intros i c Hi Hc W. destruct Df as [Nf N1]. destruct (Nf i c Hi Hc W) as [A| <-]; [|ring].
  assert (0 < g i c) by (apply (charged P f g (conj Nf N1) Dg Fg i c); auto).
  assert (0 < s i c) by (apply (charged P f s (conj Nf N1) Ds Fs i c); auto).
  replace (f i c / (f i c * (g i c / s i c) / m)) with (s i c / g i c * m) by (field; lra).
  rewrite ln_mult by (auto; now apply Rdiv_lt_0_compat). ring.
Qed.

(** ** Oscillation *)

(** Moving a distribution h to f changes the average of L by at most (hi - lo) TV(f, h). *)
Lemma row_oscillation k f h L lo hi : sum k f = sum k h ->
  (forall c, (c < k)%nat -> lo <= L c <= hi) ->
  sum k (fun c => (f c - h c) * L c) <= (hi - lo) * (sum k (fun c => Rabs (f c - h c)) / 2).
Proof.
  intros M B. apply Rle_trans with
    (sum k (fun c => (hi - lo) / 2 * Rabs (f c - h c) + (hi + lo) / 2 * (f c - h c))).
  - apply sum_le. intros c Hc. specialize (B c Hc). unfold Rabs. destruct (Rcase_abs _); nra.
  - rewrite sum_plus, !sum_scale, sum_minus, M. right. field.
Qed.

Lemma total_oscillation P f h L lo hi : probability P -> distribution P f -> distribution P h ->
  everywhere P (fun i c => lo i <= L i c <= hi i) ->
  total P (fun i c => f i c * L i c) - total P (fun i c => h i c * L i c) <= oscillation P lo hi f h.
Proof.
  intros HP [_ F1] [_ H1] B. rewrite <- total_minus. unfold total, oscillation, E. apply sum_le. intros i Hi.
  destruct (weight_cases P HP i Hi) as [W| ->]; [|lra]. apply Rmult_le_compat_l; [lra|].
  rewrite (sum_ext _ _ (fun c => (f i c - h i c) * L i c)) by (intros; ring).
  apply row_oscillation; [now rewrite F1, H1 by assumption|]. intros c Hc. now apply B.
Qed.

Theorem truth_outside_the_class : Statements.truth_outside_the_class.
Proof.
  intros P V f g h s gap lo hi HP DV Df Dg Ds Fsg Ffg Ffs Fhg B Gap Vh.
  pose proof (affine_gain P f g s HP (proj1 Df) (proj1 Dg) (proj1 Ds) Ffg Ffs) as A. unfold gain in A.
  destruct (Gap h Vh Fhg) as [_ G].
  pose proof (total_oscillation P h f (fun i c => ln (s i c / g i c)) lo hi HP (DV h Vh) Df B) as O.
  assert (oscillation P lo hi h f = oscillation P lo hi f h) as S.
  { unfold oscillation, E. apply sum_ext. intros i _. do 3 f_equal. apply sum_ext. intros c _. apply Rabs_minus_sym. }
  unfold log_ratio in *. lra.
Qed.

Theorem distance_of_the_truth : Statements.distance_of_the_truth.
Proof.
  intros P V f g h s gap lo hi R HP DV Df Dg Ds Fsg Ffg Ffs Fhg B HR Gap Vh.
  pose proof (truth_outside_the_class P V f g h s gap lo hi HP DV Df Dg Ds Fsg Ffg Ffs Fhg B Gap Vh) as T.
  enough (oscillation P lo hi f h <= R * (distance P f h / 2)) by (unfold gain; lra).
  replace (R * (distance P f h / 2)) with (R / 2 * distance P f h) by field.
  unfold oscillation, distance, total, E. rewrite <- sum_scale. apply sum_le. intros i Hi.
  set (d := sum (classes P) (fun c => Rabs (f i c - h i c))).
  assert (0 <= d) by (apply sum_nonneg; intros; apply Rabs_pos).
  destruct (weight_cases P HP i Hi) as [W| ->]; [|lra].
  replace (R / 2 * (weight P i * d)) with (weight P i * (R * (d / 2))) by field.
  apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_r; [lra|now apply HR].
Qed.

Theorem gain_from_above : Statements.gain_from_above.
Proof.
  intros P f g s lo hi HP Df Dg Ds Ffg Ffs Fsg B.
  rewrite (affine_gain P f g s HP (proj1 Df) (proj1 Dg) (proj1 Ds) Ffg Ffs).
  pose proof (total_oscillation P f s (fun i c => ln (s i c / g i c)) lo hi HP Df Ds B) as O.
  unfold log_ratio, KL. lra.
Qed.
