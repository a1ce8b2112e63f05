(** Interval arithmetic on Coq's big integers, by coq-interval: [encloses X x] says that the real
    number x lies in the interval X.  Everything that is computed carries such a lemma. *)
From Coq Require Import Reals ZArith List Lia Lra Bool.
From Interval Require Import Specific_ops Specific_bigint Specific_stdz Float_full Interval Xreal Basic Sig.
From KLRegression Require Import Definitions Sums.
Import ListNotations.
Open Scope R_scope.

Module F := SpecificFloat BigIntRadix2.
Module I := FloatIntervalFull F.

(** Binary digits to work with. *)
Definition precision (bits : positive) := F.PtoP bits.

Definition encloses (X : I.type) (x : R) := contains (I.convert X) (Xreal x).

Section Arithmetic.
Variable p : F.precision.

Lemma encloses_integer z : encloses (I.fromZ p z) (IZR z).
Proof. apply I.fromZ_correct. Qed.

Lemma encloses_add X Y x y : encloses X x -> encloses Y y -> encloses (I.add p X Y) (x + y).
Proof. apply I.add_correct. Qed.

Lemma encloses_sub X Y x y : encloses X x -> encloses Y y -> encloses (I.sub p X Y) (x - y).
Proof. apply I.sub_correct. Qed.

Lemma encloses_mul X Y x y : encloses X x -> encloses Y y -> encloses (I.mul p X Y) (x * y).
Proof. apply I.mul_correct. Qed.

Lemma encloses_div X Y x y : y <> 0 -> encloses X x -> encloses Y y -> encloses (I.div p X Y) (x / y).
Proof.
  intros N HX HY. pose proof (I.div_correct p _ _ _ _ HX HY) as Q. unfold encloses. simpl in Q.
  unfold Xdiv', is_zero in Q. now rewrite Raux.Req_bool_false in Q.
Qed.

Lemma encloses_ln X x : 0 < x -> encloses X x -> encloses (I.ln p X) (ln x).
Proof.
  intros P HX. pose proof (I.ln_correct p _ _ HX) as Q. unfold encloses. simpl in Q.
  unfold Xln', is_positive in Q. now rewrite Raux.Rlt_bool_true in Q.
Qed.

Lemma encloses_sqrt X x : encloses X x -> encloses (I.sqrt p X) (sqrt x).
Proof. intros HX. exact (I.sqrt_correct p _ _ HX). Qed.

(** The sign, when it is certain. *)
Definition nonnegative_interval (X : I.type) : bool :=
  match I.sign_large X with Xgt => true | Xeq => true | _ => false end.

Lemma nonnegative_interval_correct X x : encloses X x -> nonnegative_interval X = true -> 0 <= x.
Proof.
  intros HX H. unfold nonnegative_interval in H. pose proof (I.sign_large_correct X) as S.
  destruct (I.sign_large X); try discriminate.
  - specialize (S _ HX). injection S as S. lra.
  - destruct (S _ HX) as [_ Q]. exact Q.
Qed.

(** Sums over indices and over lists. *)
Fixpoint sum_interval (n : nat) (a : nat -> I.type) : I.type :=
  match n with O => I.fromZ p 0 | S m => I.add p (sum_interval m a) (a m) end.

Lemma encloses_sum n A a : (forall i, (i < n)%nat -> encloses (A i) (a i)) ->
  encloses (sum_interval n A) (sum n a).
Proof.
  induction n as [|n IH]; intros H; simpl; [apply encloses_integer|]. apply encloses_add; auto.
Qed.

Definition sum_list {T} (A : T -> I.type) (l : list T) : I.type :=
  fold_right (fun x acc => I.add p (A x) acc) (I.fromZ p 0) l.

Lemma encloses_sum_list {T} (A : T -> I.type) (a : nat -> R) l d :
  (forall i, (i < length l)%nat -> encloses (A (nth i l d)) (a i)) ->
  encloses (sum_list A l) (sum (length l) a).
Proof.
  revert a. induction l as [|x l IH]; intros a H; [apply encloses_integer|].
  cbn [length]. rewrite sum_shift. apply encloses_add; [exact (H 0%nat (Nat.lt_0_succ _))|].
  apply IH. intros i Hi. apply (H (S i)). cbn [length]. lia.
Qed.
End Arithmetic.
