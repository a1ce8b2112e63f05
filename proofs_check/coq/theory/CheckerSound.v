(** The checker is sound: [check] = true implies [certified]. *)
From Coq Require Import Reals ZArith List Lia Lra Bool.
From KLRegression Require Import Definitions Sums Gain Certificate Existence Intervals Instance Checker Enclosures.
Import ListNotations.
Open Scope R_scope.

Section Sound.
Variables (p : F.precision) (k m : nat) (d : list point) (a : list Z) (gap : decimal).
Hypothesis H : well_formed k m d = true.
Hypothesis Ha : row_formed m a = true.
Let P := sample_of k d.
Let V := hull P m (model_of d).
Let teacher := teacher_of d.
Let computed := mixture_of m d a.
Let logs := with_logs p k m d (Mixture a) TheTeacher.
Let T := map (fun j => average_log p k m d (Model j) logs) (seq 0 m).
Let HP : probability P := sample_probability k m d H.
Let HV : convex V := hull_convex P m (model_of d).
Let DV : of_distributions P V := hull_distributions P m (model_of d) (model_distribution k m d H).
Let Dg : distribution P teacher := teacher_distribution k m d H.
Let Vc : V computed := mixture_in_hull k m d a Ha.
Let Dc : distribution P computed := DV computed Vc.

(** ** The gap *)

Lemma gain_encloses j : (j < m)%nat ->
  encloses (nth j T (I.fromZ p 0)) (log_ratio P (model_of d j) teacher computed).
Proof.
  intros Hj. unfold T. rewrite (nth_indep _ _ (average_log p k m d (Model 0) logs))
    by (now rewrite map_length, seq_length).
  rewrite (map_nth (fun j => average_log p k m d (Model j) logs)), seq_nth by exact Hj.
  apply (average_log_encloses p k m d H (Model j) (Mixture a) TheTeacher); [now apply Nat.ltb_lt|exact Ha|reflexivity].
Qed.

Lemma mixture_gain_encloses b : row_formed m b = true ->
  encloses (average p m b (fun j => nth j T (I.fromZ p 0))) (log_ratio P (mixture_of m d b) teacher computed).
Proof.
  intros Hb. rewrite (log_ratio_mixture P m (model_of d) (row b)); [|exact HP|].
  - apply average_encloses; [exact Hb|]. intros j Hj. now apply gain_encloses.
  - intros i c _ _ _. reflexivity.
Qed.

Lemma misfit_encloses : encloses (misfit p m a T) (KL P computed teacher).
Proof. exact (mixture_gain_encloses a Ha). Qed.

Lemma live_correct j : (j < m)%nat -> live k m d j = true <-> finite P (model_of d j) teacher.
Proof. intros Hj. apply (finite_check_correct k m d H (Model j) TheTeacher); [now apply Nat.ltb_lt|reflexivity]. Qed.

Hypothesis Hgap : gap_check p k m d a T gap = true.

Lemma gap_checks :
  finite P computed teacher /\ 0 <= number gap /\ (exists j, (j < m)%nat /\ finite P (model_of d j) teacher) /\
  forall j, (j < m)%nat -> live k m d j = true ->
    finite P (model_of d j) computed /\
    (alone m a j = true \/ at_most p (I.sub p (misfit p m a T) (nth j T (I.fromZ p 0))) gap = true).
Proof.
  unfold gap_check in Hgap. apply andb_prop in Hgap as [F G]. apply andb_prop in F as [F L].
  apply andb_prop in F as [F N]. split; [|split; [|split]].
  - now apply (finite_check_correct k m d H (Mixture a) TheTeacher) in F.
  - apply Z.leb_le, IZR_le in N. apply Rmult_le_pos; [exact N|]. left. apply Rinv_0_lt_compat, power_pos.
  - apply existsb_exists in L as (j & Hj & L). apply in_seq in Hj. exists j. split; [lia|].
    apply live_correct; [lia|exact L].
  - intros j Hj L'. rewrite forallb_forall in G. specialize (G j ltac:(apply in_seq; lia)). rewrite L' in G.
    apply andb_prop in G as [G1 G2]. apply orb_prop in G2. split; [|exact G2].
    apply (finite_check_correct k m d H (Model j) (Mixture a)) in G1; auto. now apply Nat.ltb_lt.
Qed.

Lemma computed_finite : finite P computed teacher.
Proof. apply gap_checks. Qed.

(** A student that is one of the models has no gap at itself. *)
Lemma alone_gap j : (j < m)%nat -> alone m a j = true ->
  KL P computed teacher = log_ratio P (model_of d j) teacher computed.
Proof.
  intros Hj A. unfold alone in A. rewrite forallb_forall in A.
  destruct (row_formed_sound m a Ha) as (S & _ & _ & One).
  assert (Z : forall i, (i < m)%nat -> i <> j -> row a i = 0).
  { intros i Hi N. specialize (A i ltac:(apply in_seq; lia)). apply orb_prop in A as [A|A].
    - apply Nat.eqb_eq in A. contradiction.
    - apply Z.eqb_eq in A. now apply (row_zero m). }
  assert (O : row a j = 1).
  { rewrite <- One, (sum_ext m (row a) (fun i => if Nat.eqb i j then row a j else 0)).
    - symmetry. now apply sum_indicator.
    - intros i Hi. destruct (Nat.eqb_spec i j) as [->|N]; [reflexivity|now apply Z]. }
  unfold KL, log_ratio. apply total_ext; [exact HP|]. intros i c _ _ _. f_equal.
  unfold computed, mixture_of, mixture.
  rewrite (sum_ext m _ (fun l => if Nat.eqb l j then model_of d j i c else 0)).
  - now apply sum_indicator.
  - intros l Hl. destruct (Nat.eqb_spec l j) as [->|N]; [rewrite O; ring|rewrite Z by assumption; ring].
Qed.

Lemma gap_sound : gap_at_most P V teacher computed (number gap).
Proof.
  destruct gap_checks as (_ & N & _ & G).
  apply gap_of_a_hull; [exact HP|exact (model_distribution k m d H)|]. intros j Hj L.
  apply (live_correct j Hj) in L. destruct (G j Hj L) as [F [A|B]]; (split; [exact F|]).
  - rewrite (alone_gap j Hj A). lra.
  - exact (at_most_sound p _ _ _ (encloses_sub p _ _ _ _ misfit_encloses (gain_encloses j Hj)) B).
Qed.

Lemma student_exists : exists s, left_student P V teacher s.
Proof.
  apply (student_of_a_hull P m (model_of d) teacher HP (model_distribution k m d H) Dg). apply gap_checks.
Qed.

(** ** The gap's bound as an interval, and the radius about the true student's error *)

Lemma gap_encloses : encloses (gap_interval p gap) (number gap).
Proof.
  unfold gap_interval, number. rewrite <- power_of_ten.
  apply encloses_div; [|apply encloses_integer|apply encloses_integer].
  rewrite power_of_ten. pose proof (power_pos (digits gap)). lra.
Qed.

Variable e : nat.
Let x := / 2 ^ e.

Lemma two_power n : IZR (2 ^ Z.of_nat n) = 2 ^ n.
Proof. rewrite <- pow_IZR. reflexivity. Qed.

Lemma two_power_pos n : 0 < 2 ^ n.
Proof. apply pow_lt. lra. Qed.

Lemma x_range : 0 < x <= 1.
Proof.
  unfold x. split; [apply Rinv_0_lt_compat, two_power_pos|]. rewrite <- Rinv_1.
  apply Rinv_le_contravar; [lra|]. apply pow_R1_Rle. lra.
Qed.

Lemma contraction_encloses : encloses (contraction p e) (1 - x / 2).
Proof.
  unfold contraction. pose proof (two_power_pos e).
  assert (2 ^ (e + 1) = 2 * 2 ^ e) as D by (rewrite pow_add; ring).
  replace (1 - x / 2) with (IZR (2 ^ Z.of_nat (e + 1) - 1) / IZR (2 ^ Z.of_nat (e + 1))).
  - apply encloses_div; [|apply encloses_integer|apply encloses_integer]. rewrite two_power, D. lra.
  - rewrite minus_IZR, two_power, D. unfold x. field. lra.
Qed.

Lemma small_sound : small_check p k m d a gap e = true ->
  everywhere P (fun i c => 0 < computed i c -> number gap <= weight P i * computed i c * (x ^ 2 * (1 - x / 2))).
Proof.
  unfold small_check. rewrite forallb_forall. intros S i c Hi Hc W C. unfold P, sample_of in Hi, Hc.
  cbn [points classes] in Hi, Hc. specialize (S _ (nth_In d no_point Hi)).
  apply (weight_counts k m d H i Hi) in W. rewrite W in S. cbn [orb] in S. rewrite forallb_forall in S.
  specialize (S c ltac:(apply in_seq; lia)). apply orb_prop in S as [Z|S].
  - apply (is_zero_correct k m d H (Mixture a) i c Ha Hi) in Z. cbn [meaning] in Z. fold computed in Z. lra.
  - pose proof (row_formed_sound _ _ (weights_formed k m d H)) as (Sw & _).
    pose proof (two_power_pos e) as E2.
    assert (Ex : encloses (I.div p (I.fromZ p 1) (I.fromZ p (2 ^ Z.of_nat e))) x).
    { unfold x. replace (/ 2 ^ e) with (1 / IZR (2 ^ Z.of_nat e)) by (rewrite two_power; field; lra).
      apply encloses_div; [rewrite two_power; lra|apply encloses_integer|apply encloses_integer]. }
    assert (Ew : encloses (I.div p (I.fromZ p (point_weight (nth i d no_point))) (I.fromZ p (sum_of (map point_weight d)))) (weight P i)).
    { unfold P, sample_of, weight, Instance.row.
      replace (nth i (map point_weight d) 0%Z) with (point_weight (nth i d no_point))
        by exact (eq_sym (map_nth point_weight d no_point i)).
      apply encloses_div; [lra|apply encloses_integer|apply encloses_integer]. }
    refine (Rminus_le _ _ _). apply Ropp_le_cancel. rewrite Ropp_0, Ropp_minus_distr.
    refine (nonnegative_interval_correct _ _ _ S). apply encloses_sub; [|apply gap_encloses].
    replace (x ^ 2) with (x * x) by ring. repeat apply encloses_mul; try assumption.
    + now apply (value_encloses p k m d H (Mixture a)).
    + apply contraction_encloses.
Qed.

Lemma chi_encloses f : given_formed k m d f = true -> finite P (meaning m d f) computed ->
  encloses (chi_interval p k m d a f) (chi_squared P (meaning m d f) computed).
Proof.
  intros Hf F. unfold chi_interval, chi_squared.
  rewrite (total_ext P HP _ (fun i c => if Req_EM_T (computed i c) 0 then 0 else
    (meaning m d f i c - computed i c) ^ 2 / computed i c)).
  2:{ intros i c Hi Hc W. destruct (Req_EM_T (computed i c) 0) as [Z|_]; [|reflexivity].
      rewrite Z, (F i c Hi Hc W Z). unfold Rdiv. ring. }
  apply (expectation_encloses p k m d H) with (x0 := no_point); [reflexivity|reflexivity|].
  intros i c Hi Hc. pose proof (is_zero_correct k m d H (Mixture a) i c Ha Hi) as Z. cbn [meaning] in Z.
  fold computed in Z. destruct (is_zero m (Mixture a) (nth i d no_point) c), (Req_EM_T (computed i c) 0) as [E|E].
  - apply encloses_integer.
  - exfalso. now apply E, Z.
  - exfalso. apply Z in E. discriminate.
  - apply encloses_div; [exact E| |now apply (value_encloses p k m d H (Mixture a))].
    replace ((meaning m d f i c - computed i c) ^ 2) with
      ((meaning m d f i c - computed i c) * (meaning m d f i c - computed i c)) by ring.
    apply encloses_mul; apply encloses_sub; now (apply (value_encloses p k m d H f) || apply (value_encloses p k m d H (Mixture a))).
Qed.

Lemma radius_encloses f : given_formed k m d f = true -> finite P (meaning m d f) computed ->
  encloses (radius p k m d a gap e f) (sqrt (chi_squared P (meaning m d f) computed * (number gap / (1 - x / 2)))).
Proof.
  intros Hf F. apply encloses_sqrt, encloses_mul; [now apply chi_encloses|].
  apply encloses_div; [pose proof x_range; lra|apply gap_encloses|apply contraction_encloses].
Qed.
End Sound.
