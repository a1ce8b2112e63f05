(** What the checker computes encloses what it means, entry by entry and on average. *)
From Coq Require Import Reals ZArith List Lia Lra Bool.
From KLRegression Require Import Definitions Sums Gain Certificate Intervals Instance Checker.
Import ListNotations.
Open Scope R_scope.

(** ** Decimals *)

Lemma power_of_ten n : IZR (10 ^ Z.of_nat n) = 10 ^ n.
Proof. rewrite <- pow_IZR. reflexivity. Qed.

Lemma power_pos n : 0 < 10 ^ n.
Proof. apply pow_lt. lra. Qed.

Lemma at_most_sound p X x hi : encloses X x -> at_most p X hi = true -> x <= number hi.
Proof.
  intros HX H. unfold at_most in H.
  assert (Q : encloses (I.sub p (I.fromZ p (mantissa hi)) (I.mul p X (I.fromZ p (10 ^ Z.of_nat (digits hi)))))
                (IZR (mantissa hi) - x * IZR (10 ^ Z.of_nat (digits hi)))).
  { apply encloses_sub; [apply encloses_integer|]. apply encloses_mul; [exact HX|apply encloses_integer]. }
  pose proof (nonnegative_interval_correct _ _ Q H) as L. rewrite power_of_ten in L.
  pose proof (power_pos (digits hi)). apply Rmult_le_reg_r with (10 ^ digits hi); [assumption|].
  unfold number. replace (IZR (mantissa hi) / 10 ^ digits hi * 10 ^ digits hi) with (IZR (mantissa hi)) by (field; lra).
  lra.
Qed.

Lemma at_least_sound p X x lo : encloses X x -> at_least p X lo = true -> number lo <= x.
Proof.
  intros HX H. unfold at_least in H.
  assert (Q : encloses (I.sub p (I.mul p X (I.fromZ p (10 ^ Z.of_nat (digits lo)))) (I.fromZ p (mantissa lo)))
                (x * IZR (10 ^ Z.of_nat (digits lo)) - IZR (mantissa lo))).
  { apply encloses_sub; [|apply encloses_integer]. apply encloses_mul; [exact HX|apply encloses_integer]. }
  pose proof (nonnegative_interval_correct _ _ Q H) as L. rewrite power_of_ten in L.
  pose proof (power_pos (digits lo)). apply Rmult_le_reg_r with (10 ^ digits lo); [assumption|].
  unfold number. replace (IZR (mantissa lo) / 10 ^ digits lo * 10 ^ digits lo) with (IZR (mantissa lo)) by (field; lra).
  lra.
Qed.

(** ** Entries *)

Section Entries.
Variables (p : F.precision) (k m : nat) (d : list point).
Hypothesis H : well_formed k m d = true.
Let P := sample_of k d.
Let HP : probability P := sample_probability k m d H.

Definition valid (x : given) : Prop := given_formed k m d x = true.

Lemma meaning_distribution x : valid x -> distribution P (meaning m d x).
Proof.
  destruct x as [|j|t|a]; intros Hx.
  - apply (teacher_distribution k m d H).
  - apply (model_distribution k m d H j). now apply Nat.ltb_lt.
  - split; [intros i c Hi _ _|intros i Hi _];
      destruct (row_formed_sound _ _ (table_formed k m d t i Hx Hi)) as (_ & _ & N & One); [apply N|exact One].
  - apply (hull_distributions P m (model_of d)); [|now apply mixture_in_hull].
    intros j Hj. now apply (model_distribution k m d H).
Qed.

Lemma row_encloses n l c : row_formed n l = true -> encloses (row_interval p l c) (row l c).
Proof.
  intros Hl. destruct (row_formed_sound n l Hl) as (S & _).
  apply encloses_div; [lra|apply encloses_integer|apply encloses_integer].
Qed.

Lemma average_encloses a X x : row_formed m a = true ->
  (forall j, (j < m)%nat -> encloses (X j) (x j)) ->
  encloses (average p m a X) (sum m (fun j => row a j * x j)).
Proof.
  intros Ha HX. destruct (row_formed_sound m a Ha) as (S & _). unfold row.
  replace (sum m _) with (sum m (fun j => IZR (nth j a 0%Z) * x j) / IZR (sum_of a)).
  - apply encloses_div; [lra| |apply encloses_integer]. apply encloses_sum. intros j Hj.
    apply encloses_mul; [apply encloses_integer|auto].
  - unfold Rdiv. rewrite Rmult_comm, <- sum_scale. apply sum_ext. intros j _. ring.
Qed.

Lemma value_encloses x i c : valid x -> (i < length d)%nat ->
  encloses (value p m x (nth i d no_point) c) (meaning m d x i c).
Proof.
  destruct x as [|j|t|a]; intros Hx Hi; cbn [value meaning].
  - apply row_encloses with k. now apply (teacher_formed k m).
  - apply row_encloses with k. apply (model_formed k m); auto. now apply Nat.ltb_lt.
  - apply row_encloses with k. now apply (table_formed k m).
  - apply average_encloses; [exact Hx|]. intros j Hj. apply row_encloses with k. now apply (model_formed k m).
Qed.

Lemma zero_mixture a i c : row_formed m a = true -> (i < length d)%nat ->
  is_zero m (Mixture a) (nth i d no_point) c = true <-> mixture_of m d a i c = 0.
Proof.
  intros Ha Hi. simpl. rewrite forallb_forall. destruct (row_formed_sound m a Ha) as (_ & _ & N & _).
  assert (Nj : forall j, (j < m)%nat -> 0 <= row a j * model_of d j i c).
  { intros j Hj. apply Rmult_le_pos; [apply N|].
    destruct (row_formed_sound _ _ (model_formed k m d H i j Hi Hj)) as (_ & _ & Q & _). apply Q. }
  split.
  - intros Z. apply sum_zero. intros j Hj. specialize (Z j ltac:(apply in_seq; lia)).
    apply orb_prop in Z as [Z|Z]; apply Z.eqb_eq in Z.
    + apply (row_zero m a j Ha) in Z. rewrite Z. ring.
    + apply (row_zero k _ c (model_formed k m d H i j Hi Hj)) in Z. unfold model_of. rewrite Z. ring.
  - intros Z j Hj. apply in_seq in Hj. destruct Hj as [_ Hj]. simpl in Hj.
    pose proof (sum_term m (fun j => row a j * model_of d j i c) j Nj Hj) as T.
    unfold mixture_of, mixture in Z. rewrite Z in T. specialize (Nj j Hj).
    destruct (Rmult_integral (row a j) (model_of d j i c) ltac:(lra)) as [A|A]; apply orb_true_intro.
    + left. apply Z.eqb_eq. now apply (row_zero m a j Ha).
    + right. apply Z.eqb_eq. now apply (row_zero k _ c (model_formed k m d H i j Hi Hj)).
Qed.

Lemma is_zero_correct x i c : valid x -> (i < length d)%nat ->
  is_zero m x (nth i d no_point) c = true <-> meaning m d x i c = 0.
Proof.
  destruct x as [|j|t|a]; intros Hx Hi; cbn [is_zero meaning].
  - rewrite Z.eqb_eq. symmetry. apply (row_zero k). now apply (teacher_formed k m).
  - rewrite Z.eqb_eq. symmetry. apply (row_zero k). apply (model_formed k m); auto. now apply Nat.ltb_lt.
  - rewrite Z.eqb_eq. symmetry. apply (row_zero k). now apply (table_formed k m).
  - now apply zero_mixture.
Qed.

(** A point that counts, and its weight. *)
Lemma weight_counts i : (i < length d)%nat -> 
  0 < weight P i <-> (point_weight (nth i d no_point) =? 0)%Z = false.
Proof.
  intros Hi. pose proof (weights_formed k m d H) as Hw. destruct (row_formed_sound _ _ Hw) as (_ & _ & N & _).
  simpl. rewrite Z.eqb_neq. pose proof (row_zero _ _ i Hw) as Z.
  assert (M : nth i (map point_weight d) 0%Z = point_weight (nth i d no_point))
    by exact (map_nth point_weight d no_point i). rewrite M in Z.
  specialize (N i). split; intros A; [intros B; apply Z in B; lra|].
  destruct N as [|N]; [assumption|]. symmetry in N. apply Z in N. contradiction.
Qed.

Lemma finite_check_correct x y : valid x -> valid y ->
  finite_check k m d x y = true <-> finite P (meaning m d x) (meaning m d y).
Proof.
  intros Hx Hy. unfold finite_check. rewrite forallb_forall. split.
  - intros A i c Hi Hc W Z. simpl in Hi, Hc. specialize (A _ (nth_In d no_point Hi)).
    apply (weight_counts i Hi) in W. rewrite W in A. simpl in A. rewrite forallb_forall in A.
    specialize (A c ltac:(apply in_seq; lia)). apply (is_zero_correct y i c Hy Hi) in Z. rewrite Z in A.
    now apply (is_zero_correct x i c Hx Hi).
  - intros A q Hq. apply In_nth with (d := no_point) in Hq. destruct Hq as (i & Hi & <-).
    destruct (point_weight (nth i d no_point) =? 0)%Z eqn:W; [reflexivity|]. apply (weight_counts i Hi) in W.
    simpl. rewrite forallb_forall. intros c Hc. apply in_seq in Hc.
    destruct (is_zero m y (nth i d no_point) c) eqn:Z; [|reflexivity]. simpl.
    apply (is_zero_correct x i c Hx Hi). apply (A i c Hi); [simpl; lia|exact W|].
    now apply (is_zero_correct y i c Hy Hi).
Qed.

Lemma meaning_nonneg x i c : valid x -> (i < length d)%nat -> 0 <= meaning m d x i c.
Proof.
  destruct x as [|j|t|a]; intros Hx Hi; cbn [meaning].
  - now apply (row_formed_sound k), (teacher_formed k m).
  - apply (row_formed_sound k), (model_formed k m); auto. now apply Nat.ltb_lt.
  - now apply (row_formed_sound k), (table_formed k m).
  - apply sum_nonneg. intros j Hj. apply Rmult_le_pos; [now apply (row_formed_sound m)|].
    now apply (row_formed_sound k), (model_formed k m).
Qed.

Lemma meaning_pos x i c : valid x -> (i < length d)%nat ->
  is_zero m x (nth i d no_point) c = false -> 0 < meaning m d x i c.
Proof.
  intros Hx Hi Z. destruct (meaning_nonneg x i c Hx Hi) as [|E]; [assumption|exfalso].
  symmetry in E. apply (is_zero_correct x i c Hx Hi) in E. congruence.
Qed.

(** ** Averages *)

Lemma not_positive_ln x : x = 0 -> ln x = 0.
Proof. intros ->. unfold ln. destruct (Rlt_dec 0 0); [exfalso; lra|reflexivity]. Qed.

Lemma log_encloses x y i c : valid x -> valid y -> (i < length d)%nat ->
  encloses (log_interval p m x y (nth i d no_point) c) (ln (meaning m d x i c / meaning m d y i c)).
Proof.
  intros Hx Hy Hi. unfold log_interval. destruct (is_zero m x (nth i d no_point) c) eqn:Zx; simpl.
  - apply (is_zero_correct x i c Hx Hi) in Zx. rewrite not_positive_ln; [apply encloses_integer|].
    rewrite Zx. unfold Rdiv. ring.
  - pose proof (meaning_pos x i c Hx Hi Zx). destruct (is_zero m y (nth i d no_point) c) eqn:Zy.
    + apply (is_zero_correct y i c Hy Hi) in Zy. rewrite not_positive_ln; [apply encloses_integer|].
      rewrite Zy. unfold Rdiv. rewrite Rinv_0. ring.
    + pose proof (meaning_pos y i c Hy Hi Zy). apply encloses_ln; [now apply Rdiv_lt_0_compat|].
      apply encloses_div; [lra| |]; now apply value_encloses.
Qed.

Lemma expectation_encloses {X} (weight_of : X -> Z) (A : X -> nat -> I.type) (l : list X) x0 (b : prediction) :
  length l = length d ->
  (forall i, (i < length d)%nat -> weight_of (nth i l x0) = point_weight (nth i d no_point)) ->
  (forall i c, (i < length d)%nat -> (c < k)%nat -> encloses (A (nth i l x0) c) (b i c)) ->
  encloses (expectation p k d weight_of A l) (total P b).
Proof.
  intros L Hw HA. destruct (row_formed_sound _ _ (weights_formed k m d H)) as (S & _).
  unfold expectation, total, E, P, sample_of. cbn [points classes weight].
  replace (sum (length d) _) with
    (sum (length l) (fun i => IZR (point_weight (nth i d no_point)) * sum k (b i)) / IZR (sum_of (map point_weight d))).
  - apply encloses_div; [lra| |apply encloses_integer]. apply encloses_sum_list with x0. intros i Hi.
    rewrite L in Hi. apply encloses_mul; [rewrite Hw by exact Hi; apply encloses_integer|].
    apply encloses_sum. intros c Hc. now apply HA.
  - rewrite L. unfold Rdiv. rewrite Rmult_comm, <- sum_scale. apply sum_ext. intros i Hi. unfold row.
    replace (nth i (map point_weight d) 0%Z) with (point_weight (nth i d no_point))
      by exact (eq_sym (map_nth point_weight d no_point i)). unfold Rdiv. ring.
Qed.

Lemma average_log_encloses v x y : valid v -> valid x -> valid y ->
  encloses (average_log p k m d v (with_logs p k m d x y)) (log_ratio P (meaning m d v) (meaning m d y) (meaning m d x)).
Proof.
  intros Hv Hx Hy. unfold average_log, log_ratio, with_logs.
  apply expectation_encloses with (x0 := (fun q => (q, map (log_interval p m x y q) (seq 0 k))) no_point).
  - apply map_length.
  - intros i _. now rewrite (map_nth (fun q => (q, map (log_interval p m x y q) (seq 0 k)))).
  - intros i c Hi Hc. rewrite (map_nth (fun q => (q, map (log_interval p m x y q) (seq 0 k)))). cbn [fst snd].
    apply encloses_mul; [now apply value_encloses|].
    replace (nth c (map _ (seq 0 k)) _) with (log_interval p m x y (nth i d no_point) c); [now apply log_encloses|].
    rewrite (nth_indep _ _ (log_interval p m x y (nth i d no_point) 0)) by (now rewrite map_length, seq_length).
    rewrite map_nth, seq_nth by exact Hc. reflexivity.
Qed.

Lemma with_logs_KL x y : valid x -> valid y ->
  encloses (average_log p k m d x (with_logs p k m d x y)) (KL P (meaning m d x) (meaning m d y)).
Proof. intros Hx Hy. now apply average_log_encloses. Qed.
End Entries.
