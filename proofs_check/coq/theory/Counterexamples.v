(** What is false, and must stay so: one sample point, or two, and small integers. *)
From Coq Require Import Reals List Lra Lia Psatz.
From KLRegression Require Import Definitions Sums Logarithms Gain Certificate Right.
From KLRegression Require Statements.
Import ListNotations.
Import Statements (own_score_calibration_error).
Open Scope R_scope.

(** ** One sample point *)

Definition one (k : nat) : sample := Sample 1 k (fun _ => 1).
Definition always (l : list R) : prediction := fun _ c => nth c l 0.

Lemma one_probability k : probability (one k).
Proof. split; [intros; simpl; lra|simpl; ring]. Qed.

(** A claim about two or three classes, class by class. *)
Lemma two_classes (Q : nat -> nat -> Prop) : Q 0%nat 0%nat -> Q 0%nat 1%nat -> everywhere (one 2) Q.
Proof.
  intros H0 H1 i c Hi Hc _. simpl in *. assert (i = 0%nat) as -> by lia.
  destruct c as [|[|c]]; [exact H0|exact H1|lia].
Qed.

Lemma three_classes (Q : nat -> nat -> Prop) :
  Q 0%nat 0%nat -> Q 0%nat 1%nat -> Q 0%nat 2%nat -> everywhere (one 3) Q.
Proof.
  intros H0 H1 H2 i c Hi Hc _. simpl in *. assert (i = 0%nat) as -> by lia.
  destruct c as [|[|[|c]]]; [exact H0|exact H1|exact H2|lia].
Qed.

Ltac spell := repeat match goal with h := always _ |- _ => subst h end; unfold always; simpl.
Ltac by_class := (apply two_classes || apply three_classes); spell; intros; lra.
Ltac is_distribution := split; [by_class|intros i _ _; unfold always; simpl; lra].
Ltac expand := unfold gain, KL, log_ratio, total, E, always; simpl.

(** ** Recognising students *)

(** A member whose gap is at most 0 is the left student. *)
Lemma left_student_by_gap P V g s : probability P -> of_distributions P V -> distribution P g ->
  V s -> finite P s g -> gap_at_most P V g s 0 -> left_student P V g s.
Proof.
  intros HP DV Dg Vs Fs Gap. repeat split; auto. intros h Vh Fh. destruct (Gap h Vh Fh) as [Fhs _].
  pose proof (universal_certificate P V h g s 0 HP DV Dg (DV s Vs) Fs Gap Vh Fh).
  pose proof (KL_nonneg P h s HP (DV h Vh) (DV s Vs) Fhs). lra.
Qed.

(** A member with E sum h g/s <= 1 for all members h is the right student. *)
Lemma right_student_by_ratios P V g s : probability P -> of_distributions P V -> distribution P g ->
  V s -> finite P g s -> (forall h, V h -> total P (fun i c => h i c * (g i c / s i c)) <= 1) ->
  right_student P V g s.
Proof.
  intros HP DV Dg Vs Fs M. repeat split; auto. intros h Vh Fh. specialize (M h Vh).
  pose proof (total_distribution P HP g Dg) as One.
  enough (KL P g s - KL P g h <= total P (fun i c => h i c * (g i c / s i c)) - total P g) by lra.
  unfold KL. rewrite <- !total_minus. apply total_le; [exact HP|]. intros i c Hi Hc W.
  destruct (DV h Vh) as [Nh _], (DV s Vs) as [Ns _], Dg as [Ng _].
  specialize (Nh i c Hi Hc W). specialize (Ns i c Hi Hc W). specialize (Ng i c Hi Hc W).
  specialize (Fs i c Hi Hc W). specialize (Fh i c Hi Hc W). cbv beta in *.
  destruct Ng as [G|G].
  - assert (0 < s i c) by (destruct Ns as [|Z]; [assumption|rewrite Fs in G by auto; lra]).
    assert (0 < h i c) by (destruct Nh as [|Z]; [assumption|rewrite Fh in G by auto; lra]).
    pose proof (ratio_term (g i c) (h i c) (g i c) (s i c)) as R.
    replace (g i c * ln (g i c / g i c)) with 0 in R by (unfold Rdiv; rewrite Rinv_r, ln_1 by lra; ring).
    assert (0 <= h i c * (g i c / s i c)) by (apply Rmult_le_pos; [lra|]; left; now apply Rdiv_lt_0_compat).
    specialize (R ltac:(lra) ltac:(auto) ltac:(assumption)). lra.
  - rewrite <- G. unfold Rdiv. lra.
Qed.

(** On a hull the models decide. *)
Lemma ratios_of_a_hull P m models g s : probability P ->
  (forall j, (j < m)%nat -> total P (fun i c => models j i c * (g i c / s i c)) <= 1) ->
  forall h, hull P m models h -> total P (fun i c => h i c * (g i c / s i c)) <= 1.
Proof.
  intros HP M h (a & Na & One & Sh).
  replace (total P _) with (sum m (fun j => a j * total P (fun i c => models j i c * (g i c / s i c)))).
  - apply average_at_most; auto.
  - rewrite <- (total_mixture P HP). apply total_ext; [exact HP|]. intros i c Hi Hc W.
    rewrite (Sh i c Hi Hc W). unfold mixture. rewrite Rmult_comm, <- sum_scale. apply sum_ext. intros j _. ring.
Qed.

(** Two models. *)
Definition pair (u v : prediction) (j : nat) : prediction := match j with O => u | _ => v end.

Ltac each_model := intros [|[|j]] Hj; [clear Hj|clear Hj|exfalso; lia].

Lemma pair_member P u v t : 0 <= t <= 1 -> hull P 2 (pair u v) (mix t u v).
Proof.
  intros Ht. exists (fun j => match j with O => 1 - t | _ => t end).
  split; [each_model; lra|]. split; [simpl; ring|]. intros i c _ _ _. unfold mix, mixture. simpl. ring.
Qed.

Lemma hull_same P m models f h : hull P m models f -> same P f h -> hull P m models h.
Proof.
  intros (a & Na & One & Sf) Sh. exists a. repeat split; auto. intros i c Hi Hc W.
  rewrite <- (Sh i c Hi Hc W). now apply Sf.
Qed.

(** ** Logarithms of small integers *)

Lemma ln_4 : ln 4 = 2 * ln 2.
Proof. replace 4 with (2 * 2) by ring. rewrite ln_mult by lra. ring. Qed.

(** ** Without convexity: V = {(3,2), (1,2)}, g = (1,1), f = (1,2) *)

Theorem gain_theorem_needs_convexity : Statements.gain_theorem_needs_convexity.
Proof.
  set (u := always [3/5; 2/5]). set (v := always [1/3; 2/3]). set (g := always [1/2; 1/2]).
  assert (Lu : KL (one 2) u g = 7/5 * ln 2 + 3/5 * ln 3 - ln 5).
  { unfold u, g. expand. replace (3/5/(1/2)) with (2*3/5) by field. replace (2/5/(1/2)) with (4/5) by field.
    rewrite !ln_quotient, ln_mult, ln_4 by lra. field. }
  assert (Lv : KL (one 2) v g = 5/3 * ln 2 - ln 3).
  { unfold v, g. expand. replace (1/3/(1/2)) with (2/3) by field. replace (2/3/(1/2)) with (4/3) by field.
    rewrite !ln_quotient, ln_4 by lra. field. }
  assert (Lvu : KL (one 2) v u = ln 5 - 4/3 * ln 3).
  { unfold u, v. expand. replace (1/3/(3/5)) with (5/(3*3)) by field. replace (2/3/(2/5)) with (5/3) by field.
    rewrite !ln_quotient, ln_mult by lra. field. }
  assert (Order : 24 * ln 3 <= 4 * ln 2 + 15 * ln 5).
  { assert (ln (3 ^ 24) <= ln (2 ^ 4 * 5 ^ 15)) as L by (left; apply ln_increasing; lra).
    rewrite ln_mult, !ln_pow in L by lra. simpl INR in L. lra. }
  assert (ln 2 < ln 3) by (apply ln_increasing; lra).
  exists (one 2), (fun h => h = u \/ h = v), v, g, u.
  split; [apply one_probability|]. split; [intros h [-> | ->]; unfold u, v; is_distribution|].
  split; [unfold g; is_distribution|]. split.
  - split; [now left|]. split; [by_class|]. intros h [-> | ->] _; lra.
  - split; [now right|]. split; [by_class|]. split; [by_class|]. lra.
Qed.

(** ** Truth outside: V = hull{(4,1,1), (1,4,1)}, g = (1,2,5), f = (1,1,6); s = (5,10,3) *)

Theorem gain_theorem_needs_a_realizable_truth : Statements.gain_theorem_needs_a_realizable_truth.
Proof.
  set (u := always [4/6; 1/6; 1/6]). set (v := always [1/6; 4/6; 1/6]).
  set (g := always [1/8; 2/8; 5/8]). set (f := always [1/8; 1/8; 6/8]). set (s := always [5/18; 10/18; 3/18]).
  assert (HP := one_probability 3).
  assert (Du : distribution (one 3) u) by (unfold u; is_distribution).
  assert (Dv : distribution (one 3) v) by (unfold v; is_distribution).
  assert (Dg : distribution (one 3) g) by (unfold g; is_distribution).
  assert (Df : distribution (one 3) f) by (unfold f; is_distribution).
  assert (Ds : distribution (one 3) s) by (unfold s; is_distribution).
  assert (Dm : forall j, (j < 2)%nat -> distribution (one 3) (pair u v j)) by (each_model; assumption).
  assert (A : forall h, let b := h 0%nat in
    log_ratio (one 3) h g s = (b 0%nat + b 1%nat) * ln (20/9) + b 2%nat * ln (4/15)).
  { intros h. unfold s, g. expand. replace (5/18/(1/8)) with (20/9) by field.
    replace (10/18/(2/8)) with (20/9) by field. replace (3/18/(5/8)) with (4/15) by field. ring. }
  exists (one 3), (hull (one 3) 2 (pair u v)), f, g, s.
  split; [exact HP|]. split; [apply hull_convex|]. split; [now apply hull_distributions|].
  split; [exact Dg|]. split; [|split; [exact Df|split; [by_class|split; [by_class|]]]].
  - apply left_student_by_gap; [exact HP|now apply hull_distributions|exact Dg| |by_class|].
    + apply hull_same with (mix (7/9) u v); [apply pair_member; lra|]. apply three_classes; unfold mix, u, v, s, always; simpl; lra.
    + apply gap_of_a_hull; [exact HP|exact Dm|]. each_model; intros _; (split; [by_class|]).
      * change (KL (one 3) s g) with (log_ratio (one 3) s g s). rewrite !A. unfold pair, u, s, always. simpl. lra.
      * change (KL (one 3) s g) with (log_ratio (one 3) s g s). rewrite !A. unfold pair, v, s, always. simpl. lra.
  - pose proof (affine_gain (one 3) f g s HP (proj1 Df) (proj1 Dg) (proj1 Ds)) as G.
    unfold gain in G. enough (log_ratio (one 3) f g s < 0) by (rewrite <- G in H by by_class; lra).
    rewrite A. unfold f, always. simpl. assert (ln (20/9) + 3 * ln (4/15) < 0); [|lra].
    replace 3 with (INR 3) by (simpl; ring). rewrite <- ln_pow, <- ln_mult by lra. rewrite <- ln_1.
    apply ln_increasing; lra.
Qed.

(** ** Right: V = hull{(1,0,0), (0,1,1)}, g = (1,1,2), f = (1,0,0); s = (2,3,3) *)

Theorem right_gain_can_be_zero : Statements.right_gain_can_be_zero.
Proof.
  set (f := always [1; 0; 0]). set (v := always [0; 1/2; 1/2]).
  set (g := always [1/4; 1/4; 2/4]). set (s := always [2/8; 3/8; 3/8]).
  assert (HP := one_probability 3).
  assert (Df : distribution (one 3) f) by (unfold f; is_distribution).
  assert (Dv : distribution (one 3) v) by (unfold v; is_distribution).
  assert (Dg : distribution (one 3) g) by (unfold g; is_distribution).
  assert (Ds : distribution (one 3) s) by (unfold s; is_distribution).
  assert (Dm : forall j, (j < 2)%nat -> distribution (one 3) (pair f v j)) by (each_model; assumption).
  assert (N : forall a b, distribution (one 3) a -> distribution (one 3) b -> finite (one 3) a b ->
    a 0%nat 1%nat <> b 0%nat 1%nat -> 0 < KL (one 3) a b).
  { intros a b Da Db F D. destruct (Rle_lt_dec (KL (one 3) a b) 0) as [Z|]; [exfalso|assumption].
    apply D, (KL_zero (one 3) a b HP Da Db F Z); simpl; lia || lra. }
  exists (one 3), (hull (one 3) 2 (pair f v)), f, g, s.
  split; [exact HP|]. split; [apply hull_convex|]. split; [now apply hull_distributions|].
  split; [exact Dg|]. split; [|split; [|repeat split; try by_class]].
  - apply right_student_by_ratios; [exact HP|now apply hull_distributions|exact Dg| |by_class|].
    + apply hull_same with (mix (3/4) f v); [apply pair_member; lra|]. apply three_classes; unfold mix, f, v, s, always; simpl; lra.
    + apply ratios_of_a_hull; [exact HP|]. each_model; unfold pair, f, v, g, s; expand; lra.
  - apply hull_same with (mix 0 f v); [apply pair_member; lra|]. apply three_classes; unfold mix, f, v, always; simpl; lra.
  - unfold f, g, s. expand. replace (1/(2/8)) with (1/(1/4)) by field. ring.
  - apply N; auto; [by_class|unfold s, g, always; simpl; lra].
  - apply N; auto; [by_class|unfold s, g, always; simpl; lra].
Qed.

(** ** Right: V = hull{(1,1,6), (1,4,1)}, g = (5,3,1), f = (1,1,6); s = (1,4,1) *)

Theorem right_has_no_pythagorean_inequality : Statements.right_has_no_pythagorean_inequality.
Proof.
  set (f := always [1/8; 1/8; 6/8]). set (s := always [1/6; 4/6; 1/6]). set (g := always [5/9; 3/9; 1/9]).
  assert (HP := one_probability 3).
  assert (Df : distribution (one 3) f) by (unfold f; is_distribution).
  assert (Ds : distribution (one 3) s) by (unfold s; is_distribution).
  assert (Dg : distribution (one 3) g) by (unfold g; is_distribution).
  assert (Dm : forall j, (j < 2)%nat -> distribution (one 3) (pair f s j)) by (each_model; assumption).
  exists (one 3), (hull (one 3) 2 (pair f s)), f, g, s.
  split; [exact HP|]. split; [apply hull_convex|]. split; [now apply hull_distributions|].
  split; [exact Dg|]. split; [|split; [|split; [by_class|split; [by_class|split; [by_class|]]]]].
  - apply right_student_by_ratios; [exact HP|now apply hull_distributions|exact Dg| |by_class|].
    + apply hull_same with (mix 1 f s); [apply pair_member; lra|]. apply three_classes; unfold mix, f, s, always; simpl; lra.
    + apply ratios_of_a_hull; [exact HP|]. each_model; unfold pair, f, g, s; expand; lra.
  - apply hull_same with (mix 0 f s); [apply pair_member; lra|]. apply three_classes; unfold mix, f, s, always; simpl; lra.
  - enough (18 * (KL (one 3) g f - KL (one 3) g s - KL (one 3) s f) < 0) by lra.
    apply Rle_lt_trans with (7 * ln (4/3) + 6 * ln (3/16) + ln (9/2)).
    + right. unfold f, g, s. expand. rewrite !ln_quotient by lra.
      replace (ln 16) with (4 * ln 2) by (replace 16 with (2 ^ 4) by ring; rewrite ln_pow by lra; simpl; ring).
      replace (ln 9) with (2 * ln 3) by (replace 9 with (3 ^ 2) by ring; rewrite ln_pow by lra; simpl; ring).
      replace (ln 8) with (3 * ln 2) by (replace 8 with (2 ^ 3) by ring; rewrite ln_pow by lra; simpl; ring).
      replace (ln 6) with (ln 2 + ln 3) by (rewrite <- ln_mult by lra; f_equal; ring).
      rewrite ln_4, ln_1. field.
    + replace 7 with (INR 7) by (simpl; ring). replace 6 with (INR 6) at 1 by (simpl; ring).
      rewrite <- !ln_pow, <- !ln_mult by lra. rewrite <- ln_1. apply ln_increasing; lra.
Qed.

(** ** Calibration by the own score: labels 0 and 1; g = 1/2 at both points, s = .6 and .4 *)

Definition two : sample := Sample 2 2 (fun _ => 1/2).
Definition labels : prediction := fun i c => if Nat.eqb i c then 1 else 0.
Definition undecided : prediction := fun _ _ => 1/2.
Definition leaning : prediction := fun i c => if Nat.eqb i c then 3/5 else 2/5.

Lemma undecided_error : own_score_calibration_error two labels undecided = 0.
Proof.
  unfold own_score_calibration_error, total, E, undecided, labels. simpl.
  destruct (Req_EM_T (1/2) (1/2)); [|lra].
  replace (0 + 1 / 2 * (1 * (1 / 2 - 1)) + 1 / 2 * (1 * (1 / 2 - 0))) with 0 by field.
  replace (0 + 1 / 2 * (1 * (1 / 2 - 0)) + 1 / 2 * (1 * (1 / 2 - 1))) with 0 by field.
  rewrite Rabs_R0. field.
Qed.

Lemma leaning_error : own_score_calibration_error two labels leaning = 4/5.
Proof.
  unfold own_score_calibration_error, total, E, leaning, labels. simpl.
  destruct (Req_EM_T (3/5) (3/5)), (Req_EM_T (2/5) (3/5)), (Req_EM_T (3/5) (2/5)),
    (Req_EM_T (2/5) (2/5)); try lra.
  unfold Rabs. repeat destruct (Rcase_abs _); lra.
Qed.

Lemma undecided_leaning : KL two undecided leaning <= 1/48.
Proof.
  unfold KL, total, E, undecided, leaning. simpl.
  replace (1/2/(3/5)) with (5/6) by field. replace (1/2/(2/5)) with (5/4) by field.
  enough (ln (5/6) + ln (5/4) <= 1/24) by lra. rewrite <- ln_mult by lra.
  eapply Rle_trans; [apply ln_below; lra|lra].
Qed.

Theorem own_score_calibration_is_not_pinned : Statements.own_score_calibration_is_not_pinned.
Proof.
  assert (HP : probability two) by (split; [intros; simpl; lra|simpl; field]).
  assert (D : forall f, (forall i c, 0 <= f i c) ->
    (forall i, (i < 2)%nat -> f i 0%nat + f i 1%nat = 1) -> distribution two f).
  { intros f N One. split; [intros i c _ _ _; apply N|]. intros i Hi _. simpl. rewrite <- (One i Hi). ring. }
  exists two, labels, undecided, leaning. split; [exact HP|].
  split; [apply D; unfold labels; [intros i c; destruct (Nat.eqb i c); lra|intros [|[|i]] Hi; simpl; lra || lia]|].
  split; [apply D; unfold undecided; intros; lra|].
  split; [apply D; unfold leaning; [intros i c; destruct (Nat.eqb i c); lra|intros [|[|i]] Hi; simpl; lra || lia]|].
  split; [intros i c _ _ _; unfold leaning; destruct (Nat.eqb i c); lra|].
  rewrite undecided_error, leaning_error, Rabs_left by lra.
  pose proof undecided_leaning. pose proof (exp_ineq1_le (- KL two undecided leaning)).
  enough (sqrt (1 - exp (- KL two undecided leaning)) <= sqrt ((3/10) ^ 2))
    by (rewrite sqrt_pow2 in *; lra).
  apply sqrt_le_1_alt. lra.
Qed.
