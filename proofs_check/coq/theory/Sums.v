(** Finite sums and expectations: linear, monotone, and Cauchy's inequality. *)
From Coq Require Import Reals Lra Lia Psatz.
From KLRegression Require Import Definitions.
Open Scope R_scope.

(** ** Sums *)

Lemma sum_ext n a b : (forall i, (i < n)%nat -> a i = b i) -> sum n a = sum n b.
Proof. induction n as [|n IH]; intros H; simpl; [reflexivity|]. rewrite IH, (H n); auto. Qed.

Lemma sum_le n a b : (forall i, (i < n)%nat -> a i <= b i) -> sum n a <= sum n b.
Proof. induction n as [|n IH]; intros H; simpl; [lra|]. apply Rplus_le_compat; auto. Qed.

Lemma sum_plus n a b : sum n (fun i => a i + b i) = sum n a + sum n b.
Proof. induction n as [|n IH]; simpl; [ring|]. rewrite IH; ring. Qed.

Lemma sum_scale n x a : sum n (fun i => x * a i) = x * sum n a.
Proof. induction n as [|n IH]; simpl; [ring|]. rewrite IH; ring. Qed.

Lemma sum_minus n a b : sum n (fun i => a i - b i) = sum n a - sum n b.
Proof. induction n as [|n IH]; simpl; [ring|]. rewrite IH; ring. Qed.

Lemma sum_zero n a : (forall i, (i < n)%nat -> a i = 0) -> sum n a = 0.
Proof. intros H. rewrite (sum_ext n a (fun _ => 0 * 0)) by (intros; rewrite H; auto; ring).
  rewrite sum_scale. ring. Qed.

Lemma sum_constant n x : sum n (fun _ => x) = INR n * x.
Proof. induction n as [|n IH]; [simpl; ring|]. rewrite S_INR. simpl. rewrite IH. ring. Qed.

Lemma sum_nonneg n a : (forall i, (i < n)%nat -> 0 <= a i) -> 0 <= sum n a.
Proof. intros H. rewrite <- (sum_zero n (fun _ => 0)) by reflexivity. now apply sum_le. Qed.

(** A sum of nonnegative terms is at least each of them. *)
Lemma sum_term n a k : (forall i, (i < n)%nat -> 0 <= a i) -> (k < n)%nat -> a k <= sum n a.
Proof.
  induction n as [|n IH]; intros H Hk; [lia|]. simpl. destruct (Nat.eq_dec k n) as [->|Hne].
  - assert (0 <= sum n a) by (apply sum_nonneg; auto). lra.
  - assert (a k <= sum n a) by (apply IH; auto; lia). specialize (H n ltac:(lia)). lra.
Qed.

Lemma sum_swap n m (a : nat -> nat -> R) :
  sum n (fun i => sum m (fun j => a i j)) = sum m (fun j => sum n (fun i => a i j)).
Proof.
  induction m as [|m IH]; simpl; [apply sum_zero; auto|]. rewrite <- IH. apply sum_plus.
Qed.

(** Changing one term. *)
Lemma sum_update n a k x : (k < n)%nat ->
  sum n (fun i => if Nat.eqb i k then x else a i) = sum n a - a k + x.
Proof.
  induction n as [|n IH]; intros Hk; [lia|]. simpl. destruct (Nat.eqb_spec n k) as [->|Hne].
  - rewrite (sum_ext k _ a); [ring|]. intros i Hi. destruct (Nat.eqb_spec i k); [lia|reflexivity].
  - rewrite IH by lia. ring.
Qed.

Lemma sum_indicator n k x : (k < n)%nat -> sum n (fun i => if Nat.eqb i k then x else 0) = x.
Proof.
  intros Hk. rewrite (sum_update n (fun _ => 0) k x Hk), (sum_zero n) by reflexivity. ring.
Qed.

Lemma sum_triangle n a : Rabs (sum n a) <= sum n (fun i => Rabs (a i)).
Proof.
  induction n as [|n IH]; simpl; [rewrite Rabs_R0; lra|].
  eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma sum_shift n a : sum (S n) a = a 0%nat + sum n (fun i => a (S i)).
Proof.
  induction n as [|n IH]; [simpl; ring|].
  change (sum (S (S n)) a) with (sum (S n) a + a (S n)). rewrite IH. simpl. ring.
Qed.

(** ** Expectations of sums over the classes *)

Section Total.
Variable P : sample.
Hypothesis HP : probability P.

Lemma weight_cases i : (i < points P)%nat -> 0 < weight P i \/ weight P i = 0.
Proof. intros Hi. destruct HP as [H _]. destruct (H i Hi); auto. Qed.

Lemma total_le a b : everywhere P (fun i c => a i c <= b i c) -> total P a <= total P b.
Proof.
  intros H. apply sum_le. intros i Hi. destruct (weight_cases i Hi) as [W| ->]; [|lra].
  apply Rmult_le_compat_l; [lra|]. apply sum_le. intros c Hc. now apply H.
Qed.

Lemma total_ext a b : everywhere P (fun i c => a i c = b i c) -> total P a = total P b.
Proof.
  intros H. apply Rle_antisym; apply total_le; intros i c Hi Hc W; rewrite (H i c Hi Hc W); lra.
Qed.

Lemma total_plus a b : total P (fun i c => a i c + b i c) = total P a + total P b.
Proof.
  unfold total, E. rewrite <- sum_plus. apply sum_ext. intros i _. rewrite sum_plus. ring.
Qed.

Lemma total_minus a b : total P (fun i c => a i c - b i c) = total P a - total P b.
Proof.
  unfold total, E. rewrite <- sum_minus. apply sum_ext. intros i _. rewrite sum_minus. ring.
Qed.

Lemma total_scale x a : total P (fun i c => x * a i c) = x * total P a.
Proof.
  unfold total, E. rewrite <- sum_scale. apply sum_ext. intros i _. rewrite sum_scale. ring.
Qed.

Lemma total_zero a : everywhere P (fun i c => a i c = 0) -> total P a = 0.
Proof.
  intros H. rewrite (total_ext a (fun _ _ => 0 * 0)).
  - rewrite (total_scale 0 (fun _ _ => 0)). ring.
  - intros i c Hi Hc W. rewrite (H i c Hi Hc W). ring.
Qed.

Lemma total_nonneg a : everywhere P (fun i c => 0 <= a i c) -> 0 <= total P a.
Proof.
  intros H. rewrite <- (total_zero (fun _ _ => 0)); [now apply total_le|].
  intros i c _ _ _. reflexivity.
Qed.

Lemma total_term a i c : everywhere P (fun i c => 0 <= a i c) ->
  (i < points P)%nat -> (c < classes P)%nat -> 0 < weight P i -> weight P i * a i c <= total P a.
Proof.
  intros H Hi Hc W. apply Rle_trans with (weight P i * sum (classes P) (a i)).
  - apply Rmult_le_compat_l; [lra|]. apply sum_term; [intros d Hd; now apply H|exact Hc].
  - apply (sum_term (points P) (fun i => weight P i * sum (classes P) (a i)) i); [|exact Hi].
    intros j Hj. destruct (weight_cases j Hj) as [Wj| ->]; [|lra].
    apply Rmult_le_pos; [lra|]. apply sum_nonneg. intros d Hd. now apply H.
Qed.

Lemma total_pos a i c : everywhere P (fun i c => 0 <= a i c) ->
  (i < points P)%nat -> (c < classes P)%nat -> 0 < weight P i -> 0 < a i c -> 0 < total P a.
Proof.
  intros H Hi Hc W A. pose proof (total_term a i c H Hi Hc W).
  assert (0 < weight P i * a i c) by (apply Rmult_lt_0_compat; assumption). lra.
Qed.

Lemma total_triangle a : Rabs (total P a) <= total P (fun i c => Rabs (a i c)).
Proof.
  apply Rabs_le. split.
  - assert (H : 0 <= total P (fun i c => Rabs (a i c) + a i c)).
    { apply total_nonneg. intros i c _ _ _. pose proof (Rabs_pos (a i c)). unfold Rabs in *.
      destruct (Rcase_abs (a i c)); lra. }
    rewrite total_plus in H. lra.
  - apply total_le. intros i c _ _ _. apply Rle_abs.
Qed.

(** The total of a mixture is the mixture of the totals. *)
Lemma total_mixture m a (b : nat -> prediction) :
  total P (fun i c => sum m (fun j => a j * b j i c)) = sum m (fun j => a j * total P (b j)).
Proof.
  induction m as [|m IH]; simpl; [apply total_zero; intros i c _ _ _; reflexivity|].
  rewrite <- IH, <- total_scale, <- total_plus. reflexivity.
Qed.

(** A distribution has total mass 1. *)
Lemma total_distribution f : distribution P f -> total P f = 1.
Proof.
  intros [_ H]. destruct HP as [_ H1]. unfold total, E. rewrite <- H1. apply sum_ext.
  intros i Hi. destruct (weight_cases i Hi) as [W| ->]; [|ring]. rewrite H by assumption. ring.
Qed.

(** Cauchy's inequality: u^2 <= x y everywhere gives (E sum |u|)^2 <= (E sum x) (E sum y). *)
Lemma discriminant U X Y : 0 <= U -> 0 <= X -> 0 <= Y ->
  (forall t, 0 < t -> 2 * t * U <= X + t * t * Y) -> U * U <= X * Y.
Proof.
  intros HU HX HY H. destruct (Req_dec U 0) as [->|NU]; [nra|].
  destruct (Req_dec Y 0) as [->|NY].
  - assert (0 < (X + 1) / (2 * U)) as T by (apply Rdiv_lt_0_compat; lra). specialize (H _ T).
    replace (2 * ((X + 1) / (2 * U)) * U) with (X + 1) in H by (field; lra). lra.
  - assert (0 < U / Y) as T by (apply Rdiv_lt_0_compat; lra). specialize (H _ T).
    apply (Rmult_le_compat_r Y) in H; [|lra].
    replace (2 * (U / Y) * U * Y) with (2 * (U * U)) in H by (field; lra).
    replace ((X + U / Y * (U / Y) * Y) * Y) with (X * Y + U * U) in H by (field; lra). lra.
Qed.

Lemma cauchy u x y : everywhere P (fun i c => 0 <= x i c /\ 0 <= y i c /\ u i c ^ 2 <= x i c * y i c) ->
  total P (fun i c => Rabs (u i c)) ^ 2 <= total P x * total P y.
Proof.
  intros H. rewrite <- Rsqr_pow2. apply discriminant.
  - apply total_nonneg. intros i c _ _ _. apply Rabs_pos.
  - apply total_nonneg. intros i c Hi Hc W. apply (H i c Hi Hc W).
  - apply total_nonneg. intros i c Hi Hc W. apply (H i c Hi Hc W).
  - intros t Ht. rewrite <- !total_scale, <- total_plus. apply total_le. intros i c Hi Hc W.
    destruct (H i c Hi Hc W) as (X & Y & Q). apply Rsqr_incr_0_var; [|nra].
    unfold Rsqr. rewrite <- Rsqr_pow2, (Rsqr_abs (u i c)) in Q. unfold Rsqr in Q.
    assert (0 <= (x i c - t * t * y i c) ^ 2) by apply pow2_ge_0.
    assert (t * t * (Rabs (u i c) * Rabs (u i c)) <= t * t * (x i c * y i c))
      by (apply Rmult_le_compat_l; nra). nra.
Qed.
End Total.
