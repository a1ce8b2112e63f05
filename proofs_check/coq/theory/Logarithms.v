(** One-variable calculus: inequalities between logarithms, and derivatives at a minimum. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Hierarchy Derive AutoDerive.
From KLRegression Require Import Definitions Sums.
Open Scope R_scope.

Lemma ln_quotient a b : 0 < a -> 0 < b -> ln (a / b) = ln a - ln b.
Proof. intros. unfold Rdiv. rewrite ln_mult, ln_Rinv; auto with real. Qed.

Lemma ln_below x : 0 < x -> ln x <= x - 1.
Proof.
  intros Hx. destruct (Req_dec (ln x) 0) as [Z|N].
  - rewrite Z, <- (exp_ln x Hx), Z, exp_0. lra.
  - pose proof (exp_ineq1 (ln x) N) as Q. rewrite exp_ln in Q; lra.
Qed.

Lemma ln_below_strict x : 0 < x -> x <> 1 -> ln x < x - 1.
Proof.
  intros Hx N. assert (ln x <> 0) as NL.
  { intros Z. apply N. rewrite <- (exp_ln x Hx), Z. apply exp_0. }
  pose proof (exp_ineq1 (ln x) NL) as Q. rewrite exp_ln in Q; lra.
Qed.

(** v log(v/g) through a third number. *)
Lemma ln_split v x g : 0 <= v -> 0 < x -> 0 < g -> v * ln (v / g) = v * ln (v / x) + v * ln (x / g).
Proof. intros [Hv| <-] Hx Hg; [|ring]. rewrite !ln_quotient by auto. ring. Qed.

(** The terms of generalised KL are nonnegative, and positive unless the arguments agree. *)
Lemma kl_term_nonneg a b : 0 <= a -> 0 < b -> 0 <= a * ln (a / b) - a + b.
Proof.
  intros [Ha| <-] Hb; [|lra]. assert (0 < b / a) as Q by (apply Rdiv_lt_0_compat; auto).
  pose proof (ln_below _ Q) as L. apply (Rmult_le_compat_l a) in L; [|lra].
  replace (a * (b / a - 1)) with (b - a) in L by (field; lra).
  rewrite ln_quotient in * by auto. lra.
Qed.

Lemma kl_term_pos a b : 0 <= a -> 0 < b -> a <> b -> 0 < a * ln (a / b) - a + b.
Proof.
  intros [Ha| <-] Hb N; [|lra]. assert (0 < b / a) as Q by (apply Rdiv_lt_0_compat; auto).
  assert (b / a <> 1) as N1.
  { intros Z. apply N. replace b with (b / a * a) by (field; lra). rewrite Z. ring. }
  pose proof (ln_below_strict _ Q N1) as L. apply (Rmult_lt_compat_l a) in L; [|lra].
  replace (a * (b / a - 1)) with (b - a) in L by (field; lra).
  rewrite ln_quotient in * by auto. lra.
Qed.

(** They are convex in the first argument. *)
Lemma kl_term_convex s v g t (x := (1 - t) * s + t * v) : 0 <= s -> 0 <= v -> 0 < g -> 0 <= t <= 1 ->
  0 < x -> x * ln (x / g) <= (1 - t) * (s * ln (s / g)) + t * (v * ln (v / g)).
Proof.
  intros Hs Hv Hg Ht Hx. rewrite (ln_split s x g), (ln_split v x g) by auto.
  pose proof (kl_term_nonneg s x Hs Hx) as Qs. pose proof (kl_term_nonneg v x Hv Hx) as Qv.
  apply (Rmult_le_compat_l (1 - t)) in Qs; [|lra]. apply (Rmult_le_compat_l t) in Qv; [|lra].
  replace (x * ln (x / g)) with ((1 - t) * (s * ln (x / g)) + t * (v * ln (x / g)))
    by (unfold x at 3; ring).
  assert ((1 - t) * (s - x) + t * (v - x) = 0) by (unfold x; ring). lra.
Qed.

(** A function that falls before c and rises after it is least at c. *)
Lemma valley (f f' : R -> R) c x :
  (forall u, Rmin c x <= u <= Rmax c x ->
     is_derive f u (f' u) /\ (c <= u -> 0 <= f' u) /\ (u <= c -> f' u <= 0)) -> f c <= f x.
Proof.
  intros H. destruct (MVT_gen f c x f') as (u & Hu & Q).
  - intros u Hu. apply H. lra.
  - intros u Hu. apply derivable_continuous_pt. exists (f' u). apply is_derive_Reals. now apply H.
  - destruct (H u Hu) as (_ & R & L). destruct (Rle_lt_dec c x) as [O|O].
    + rewrite Rmin_left in Hu by lra. specialize (R ltac:(lra)). nra.
    + rewrite Rmin_right, Rmax_left in Hu by lra. specialize (L ltac:(lra)). nra.
Qed.

(** ** The derivative at an end of the interval where a function is least *)

Lemma derivative_at_least_value h l :
  is_derive h 0 l -> (forall t, 0 < t < 1 -> h 0 <= h t) -> 0 <= l.
Proof.
  intros D H. apply is_derive_Reals in D. destruct (Rle_lt_dec 0 l) as [|N]; [assumption|exfalso].
  destruct (D (- l) ltac:(lra)) as [d Hd]. pose proof (cond_pos d) as Pd.
  set (t := Rmin (1 / 2) (d / 2)). assert (0 < t < 1 /\ t < d) as (T1 & T2).
  { unfold t, Rmin. destruct (Rle_dec (1 / 2) (d / 2)); lra. }
  specialize (Hd t ltac:(lra) ltac:(rewrite Rabs_pos_eq; lra)). specialize (H t T1).
  rewrite Rplus_0_l in Hd. apply Rabs_def2 in Hd. destruct Hd as [Hd _].
  assert (0 <= (h t - h 0) / t); [|lra]. apply Rmult_le_pos; [lra|].
  left. apply Rinv_0_lt_compat. lra.
Qed.

Lemma is_derive_sum n (F : nat -> R -> R) d x : (forall i, (i < n)%nat -> is_derive (F i) x (d i)) ->
  is_derive (fun t => sum n (fun i => F i t)) x (sum n d).
Proof.
  induction n as [|n IH]; intros H; simpl; [apply (is_derive_const 0)|].
  apply (is_derive_plus (fun t => sum n (fun i => F i t)) (F n)); auto.
Qed.

Lemma is_derive_total P (F : nat -> nat -> R -> R) d x : probability P ->
  everywhere P (fun i c => is_derive (F i c) x (d i c)) ->
  is_derive (fun t => total P (fun i c => F i c t)) x (total P d).
Proof.
  intros HP H. apply (is_derive_sum (points P) (fun i t => weight P i * sum (classes P) (fun c => F i c t))).
  intros i Hi. destruct (weight_cases P HP i Hi) as [W|Z].
  - apply (is_derive_scal (fun t => sum (classes P) (fun c => F i c t))).
    apply is_derive_sum. intros c Hc. now apply H.
  - rewrite Z, Rmult_0_l. apply is_derive_ext with (fun _ => 0); [intros t; symmetry; apply Rmult_0_l|].
    apply (is_derive_const 0).
Qed.

(** If the total of F(t), 0 < t < 1, is never below that of F(0), its derivative at 0 is >= 0. *)
Lemma first_order P (F : nat -> nat -> R -> R) d : probability P ->
  everywhere P (fun i c => is_derive (F i c) 0 (d i c)) ->
  (forall t, 0 < t < 1 -> total P (fun i c => F i c 0) <= total P (fun i c => F i c t)) ->
  0 <= total P d.
Proof.
  intros HP D H. apply derivative_at_least_value with (fun t => total P (fun i c => F i c t)).
  - now apply is_derive_total.
  - exact H.
Qed.
