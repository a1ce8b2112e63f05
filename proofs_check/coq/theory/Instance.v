(** An instance in integers, and what it means.

    A row x of nonnegative integers means the distribution x / sum x; so do the weights of the
    points and of a mixture.  [well_formed] decides everything that the theorems ask of such data. *)
From Coq Require Import Reals ZArith List Lia Lra Bool.
From KLRegression Require Import Definitions Sums.
Import ListNotations.
Open Scope R_scope.

(** A sample point: its weight, the teacher's row, a row of each model, and of each tabled truth. *)
Record point := Point {
  point_weight : Z; teacher_row : list Z; model_rows : list (list Z); truth_rows : list (list Z) }.
Definition no_point := Point 0 [] [] [].

Fixpoint sum_of (l : list Z) : Z := match l with [] => 0 | x :: l => x + sum_of l end%Z.

(** The meaning. *)
Definition row (l : list Z) (c : nat) : R := IZR (nth c l 0%Z) / IZR (sum_of l).
Definition sample_of (k : nat) (d : list point) : sample :=
  Sample (length d) k (row (map point_weight d)).
Definition teacher_of (d : list point) : prediction := fun i => row (teacher_row (nth i d no_point)).
Definition model_of (d : list point) (j : nat) : prediction :=
  fun i => row (nth j (model_rows (nth i d no_point)) []).
Definition table_of (d : list point) (t : nat) : prediction :=
  fun i => row (nth t (truth_rows (nth i d no_point)) []).
Definition mixture_of (m : nat) (d : list point) (a : list Z) : prediction :=
  mixture m (model_of d) (row a).

(** The decision. *)
Definition row_formed (k : nat) (l : list Z) : bool :=
  (length l =? k)%nat && forallb (Z.leb 0) l && (0 <? sum_of l)%Z.
Definition point_formed (k m : nat) (x : point) : bool :=
  row_formed k (teacher_row x) && (length (model_rows x) =? m)%nat && forallb (row_formed k) (model_rows x).
Definition well_formed (k m : nat) (d : list point) : bool :=
  row_formed (length d) (map point_weight d) && forallb (point_formed k m) d.

(** What is known by integers alone. *)
Inductive given := TheTeacher | Model (j : nat) | Table (t : nat) | Mixture (a : list Z).
Definition meaning (m : nat) (d : list point) (x : given) : prediction :=
  match x with
  | TheTeacher => teacher_of d | Model j => model_of d j | Table t => table_of d t
  | Mixture a => mixture_of m d a
  end.
Definition given_formed (k m : nat) (d : list point) (x : given) : bool :=
  match x with
  | TheTeacher => true
  | Model j => (j <? m)%nat
  | Table t => forallb (fun q => row_formed k (nth t (truth_rows q) [])) d
  | Mixture a => row_formed m a
  end.

(** ** A formed row is a distribution *)

Lemma sum_of_list l : IZR (sum_of l) = sum (length l) (fun c => IZR (nth c l 0%Z)).
Proof.
  induction l as [|x l IH]; [reflexivity|]. cbn [length sum_of]. rewrite sum_shift, plus_IZR, IH.
  reflexivity.
Qed.

Lemma row_formed_sound k l : row_formed k l = true ->
  0 < IZR (sum_of l) /\ (forall c, (0 <= nth c l 0)%Z) /\ (forall c, 0 <= row l c) /\ sum k (row l) = 1.
Proof.
  unfold row_formed. intros H. apply andb_prop in H as [H P]. apply andb_prop in H as [L N].
  apply Nat.eqb_eq in L. apply Z.ltb_lt, IZR_lt in P. rewrite forallb_forall in N.
  assert (Nn : forall c, (0 <= nth c l 0)%Z).
  { intros c. destruct (Nat.lt_ge_cases c (length l)) as [I|O].
    - apply Z.leb_le, N. now apply nth_In.
    - rewrite nth_overflow by exact O. lia. }
  split; [exact P|]. split; [exact Nn|]. split.
  - intros c. apply Rmult_le_pos; [apply IZR_le, Nn|]. left. now apply Rinv_0_lt_compat.
  - unfold row. rewrite <- L. rewrite (sum_ext _ _ (fun c => / IZR (sum_of l) * IZR (nth c l 0%Z)))
      by (intros; unfold Rdiv; ring).
    rewrite sum_scale, <- sum_of_list. field. lra.
Qed.

Lemma row_zero k l c : row_formed k l = true -> (row l c = 0 <-> nth c l 0%Z = 0%Z).
Proof.
  intros H. destruct (row_formed_sound k l H) as (P & _). unfold row. split; intros Z.
  - apply eq_IZR. apply Rmult_eq_reg_r with (/ IZR (sum_of l)); [|apply Rinv_neq_0_compat; lra].
    rewrite Rmult_0_l. exact Z.
  - rewrite Z. unfold Rdiv. ring.
Qed.

(** ** Well-formed data are a sample, a teacher and models *)

Section Formed.
Variables (k m : nat) (d : list point).
Hypothesis H : well_formed k m d = true.

Lemma weights_formed : row_formed (length d) (map point_weight d) = true.
Proof. unfold well_formed in H. apply andb_prop in H. tauto. Qed.

Lemma teacher_formed i : (i < length d)%nat -> row_formed k (teacher_row (nth i d no_point)) = true.
Proof.
  intros Hi. unfold well_formed in H. apply andb_prop in H as [_ Q]. rewrite forallb_forall in Q.
  specialize (Q _ (nth_In d no_point Hi)). unfold point_formed in Q.
  apply andb_prop in Q as [Q _]. apply andb_prop in Q. tauto.
Qed.

Lemma model_formed i j : (i < length d)%nat -> (j < m)%nat ->
  row_formed k (nth j (model_rows (nth i d no_point)) []) = true.
Proof.
  intros Hi Hj. unfold well_formed in H. apply andb_prop in H as [_ Q]. rewrite forallb_forall in Q.
  specialize (Q _ (nth_In d no_point Hi)). unfold point_formed in Q.
  apply andb_prop in Q as [Q M]. apply andb_prop in Q as [_ L]. apply Nat.eqb_eq in L.
  rewrite forallb_forall in M. apply M, nth_In. now rewrite L.
Qed.

Lemma sample_probability : probability (sample_of k d).
Proof.
  destruct (row_formed_sound _ _ weights_formed) as (_ & _ & N & One). split; [|exact One].
  intros i _. apply N.
Qed.

Lemma teacher_distribution : distribution (sample_of k d) (teacher_of d).
Proof.
  split; [intros i c Hi _ _|intros i Hi _];
    destruct (row_formed_sound _ _ (teacher_formed i Hi)) as (_ & _ & N & One); [apply N|exact One].
Qed.

Lemma model_distribution j : (j < m)%nat -> distribution (sample_of k d) (model_of d j).
Proof.
  intros Hj. split; [intros i c Hi _ _|intros i Hi _];
    destruct (row_formed_sound _ _ (model_formed i j Hi Hj)) as (_ & _ & N & One); [apply N|exact One].
Qed.

Lemma table_formed t i : given_formed k m d (Table t) = true -> (i < length d)%nat ->
  row_formed k (nth t (truth_rows (nth i d no_point)) []) = true.
Proof.
  intros Ht Hi. cbn [given_formed] in Ht. rewrite forallb_forall in Ht. apply Ht. now apply nth_In.
Qed.

Lemma mixture_in_hull a : row_formed m a = true ->
  hull (sample_of k d) m (model_of d) (mixture_of m d a).
Proof.
  intros Ha. destruct (row_formed_sound _ _ Ha) as (_ & _ & N & One).
  exists (row a). split; [|split]; [intros j _; apply N|exact One|]. intros i c _ _ _. reflexivity.
Qed.
End Formed.
