(** On a hull with a model of finite divergence there is a student.

    Near-minimisers of the divergence accumulate somewhere, coordinate by coordinate (completeness of
    the reals), and the divergence is at most its limit there: it lies above affine functions of the
    mixture weights that touch it as closely as one likes. *)
From Coq Require Import Reals Lra Lia Psatz Arith.
From KLRegression Require Import Definitions Sums Logarithms Gain Certificate.
From KLRegression Require Statements.
Open Scope R_scope.

(** ** A cluster point of shrinking sets of bounded vectors *)

Definition close (m : nat) (a b : nat -> R) (r : R) := forall j, (j < m)%nat -> Rabs (a j - b j) < r.

(** In one coordinate: x such that each set has members whose m-th coordinate is near x. *)
Lemma cluster_coordinate (A : R -> (nat -> R) -> Prop) m :
  (forall r, 0 < r -> exists a, A r a) -> (forall q r a, 0 < q <= r -> A q a -> A r a) ->
  (forall r a, 0 < r -> A r a -> 0 <= a m <= 1) ->
  exists x, forall r, 0 < r -> exists a, A r a /\ Rabs (a m - x) < r.
Proof.
  intros Inh Mono Box. set (S := fun x => forall r, 0 < r -> exists a, A r a /\ x <= a m).
  destruct (completeness S) as [x [Up Least]].
  - exists 1. intros y Sy. destruct (Sy 1 Rlt_0_1) as (a & Aa & L). specialize (Box 1 a Rlt_0_1 Aa). lra.
  - exists 0. intros r Hr. destruct (Inh r Hr) as [a Aa]. exists a. split; [exact Aa|]. now apply (Box r).
  - exists x. intros r Hr.
    assert (exists q, 0 < q /\ forall a, A q a -> a m < x + r) as (q & Hq & Hi).
    { destruct (Classical_Prop.classic (S (x + r))) as [B|B]; [specialize (Up _ B); lra|].
      apply Classical_Pred_Type.not_all_ex_not in B as [q B].
      apply Classical_Prop.imply_to_and in B as [Hq B]. exists q. split; [exact Hq|]. intros a Aa.
      destruct (Rlt_le_dec (a m) (x + r)) as [|L]; [assumption|exfalso]. apply B. now exists a. }
    assert (exists y, S y /\ x - r < y) as (y & Sy & Ly).
    { destruct (Classical_Prop.classic (exists y, S y /\ x - r < y)) as [|N]; [assumption|exfalso].
      enough (x <= x - r) by lra. apply Least. intros y Sy. destruct (Rle_lt_dec y (x - r)) as [|L]; [assumption|].
      exfalso. apply N. now exists y. }
    assert (0 < Rmin q r) as Hm by now apply Rmin_pos.
    destruct (Sy _ Hm) as (a & Aa & L). exists a. split.
    + apply (Mono (Rmin q r)); [|exact Aa]. split; [exact Hm|apply Rmin_r].
    + assert (a m < x + r) by (apply Hi, (Mono (Rmin q r)); [split; [exact Hm|apply Rmin_l]|exact Aa]).
      apply Rabs_def1; lra.
Qed.

Lemma cluster m : forall (A : R -> (nat -> R) -> Prop),
  (forall r, 0 < r -> exists a, A r a) -> (forall q r a, 0 < q <= r -> A q a -> A r a) ->
  (forall r a j, (j < m)%nat -> 0 < r -> A r a -> 0 <= a j <= 1) ->
  exists b, forall r, 0 < r -> exists a, A r a /\ close m a b r.
Proof.
  induction m as [|m IH]; intros A Inh Mono Box.
  - exists (fun _ => 0). intros r Hr. destruct (Inh r Hr) as [a Aa]. exists a. split; [exact Aa|].
    intros j Hj. lia.
  - destruct (cluster_coordinate A m Inh Mono) as [x Hx].
    { intros r a Hr Aa. apply (Box r); auto. }
    destruct (IH (fun r a => A r a /\ Rabs (a m - x) < r) Hx) as [b Hb].
    + intros q r a Hq [Aa L]. split; [now apply (Mono q)|lra].
    + intros r a j Hj Hr [Aa _]. apply (Box r); auto.
    + exists (fun j => if Nat.eqb j m then x else b j). intros r Hr.
      destruct (Hb r Hr) as (a & [Aa L] & C). exists a. split; [exact Aa|]. intros j Hj.
      destruct (Nat.eqb_spec j m) as [->|N]; [exact L|apply C; lia].
Qed.

(** ** Affine functions below the divergence *)

Section Hull.
Variables (P : sample) (m : nat) (models : nat -> prediction) (g : prediction).
Hypothesis HP : probability P.
Hypothesis Dv : forall j, (j < m)%nat -> distribution P (models j).
Hypothesis Dg : distribution P g.

Definition weights (a : nat -> R) :=
  (forall j, (j < m)%nat -> 0 <= a j) /\ sum m a = 1 /\
  (forall j, (j < m)%nat -> ~ finite P (models j) g -> a j = 0).
Let f (a : nat -> R) := mixture m models a.

Lemma weights_finite a : weights a -> finite P (f a) g.
Proof.
  intros (_ & _ & D) i c Hi Hc W Z. apply sum_zero. intros j Hj.
  destruct (Classical_Prop.classic (finite P (models j) g)) as [F|N].
  - rewrite (F i c Hi Hc W Z). ring.
  - rewrite (D j Hj N). ring.
Qed.

Lemma weights_nonneg a : weights a -> nonnegative P (f a).
Proof.
  intros (N & _) i c Hi Hc W. apply sum_nonneg. intros j Hj. apply Rmult_le_pos; [auto|]. now apply Dv.
Qed.

(** The tangent of x log(x/g) at y, where g > 0. *)
Definition tangent (y : prediction) (x : prediction) : R :=
  total P (fun i c => if Req_EM_T (g i c) 0 then 0 else x i c - y i c + x i c * ln (y i c / g i c)).

Lemma tangent_below y a : weights a -> everywhere P (fun i c => 0 < y i c) -> tangent y (f a) <= KL P (f a) g.
Proof.
  intros Ha Hy. apply total_le; [exact HP|]. intros i c Hi Hc W.
  pose proof (weights_finite a Ha i c Hi Hc W) as F. pose proof (weights_nonneg a Ha i c Hi Hc W) as N.
  specialize (Hy i c Hi Hc W). cbv beta in *. destruct (Req_EM_T (g i c) 0) as [Z|Z]; [rewrite F by exact Z; lra|].
  destruct Dg as [Ng _]. destruct (Ng i c Hi Hc W) as [G|G]; [|congruence].
  pose proof (kl_term_nonneg _ _ N Hy). rewrite (ln_split (f a i c) (y i c) (g i c) N Hy G). lra.
Qed.

(** Tangents are affine in the weights, hence uniformly continuous. *)
Definition slope (y : prediction) (j : nat) : R :=
  total P (fun i c => if Req_EM_T (g i c) 0 then 0 else models j i c * (1 + ln (y i c / g i c))).

Lemma tangent_affine y a :
  tangent y (f a) = sum m (fun j => a j * slope y j) - total P (fun i c => if Req_EM_T (g i c) 0 then 0 else y i c).
Proof.
  unfold slope. rewrite <- (total_mixture P HP), <- total_minus. apply total_ext; [exact HP|].
  intros i c _ _ _. destruct (Req_EM_T (g i c) 0) as [Z|Z].
  - rewrite (sum_zero m) by (intros; ring). ring.
  - unfold f, mixture. rewrite (sum_ext m (fun j => a j * (models j i c * (1 + ln (y i c / g i c))))
      (fun j => (1 + ln (y i c / g i c)) * (a j * models j i c))) by (intros; ring).
    rewrite sum_scale. ring.
Qed.

Lemma tangent_continuous y a b r : close m a b r ->
  tangent y (f b) <= tangent y (f a) + r * sum m (fun j => Rabs (slope y j)).
Proof.
  intros C. rewrite !tangent_affine.
  enough (sum m (fun j => b j * slope y j) - sum m (fun j => a j * slope y j)
    <= r * sum m (fun j => Rabs (slope y j))) by lra.
  rewrite <- sum_minus, <- sum_scale. apply sum_le. intros j Hj. specialize (C j Hj).
  replace (b j * slope y j - a j * slope y j) with (- ((a j - b j) * slope y j)) by ring.
  eapply Rle_trans; [apply Rle_abs|]. rewrite Rabs_Ropp, Rabs_mult.
  apply Rmult_le_compat_r; [apply Rabs_pos|lra].
Qed.

(** The tangent at max(x, small) touches within small times the number of classes. *)
Lemma tangent_touches b q : weights b -> 0 < q ->
  exists y, everywhere P (fun i c => 0 < y i c) /\
    KL P (f b) g <= tangent y (f b) + q * total P (fun _ _ => 1).
Proof.
  intros Hb Hq. exists (fun i c => if Req_EM_T (f b i c) 0 then q else f b i c). split.
  - intros i c Hi Hc W. destruct (Req_EM_T (f b i c) 0) as [|N]; [exact Hq|].
    destruct (weights_nonneg b Hb i c Hi Hc W); [assumption|congruence].
  - unfold tangent. rewrite <- total_scale, <- total_plus. apply total_le; [exact HP|]. intros i c Hi Hc W.
    pose proof (weights_finite b Hb i c Hi Hc W) as F. cbv beta in F.
    destruct (Req_EM_T (g i c) 0) as [Z|Z]; [rewrite F by exact Z; lra|].
    destruct (Req_EM_T (f b i c) 0) as [E|E]; [rewrite E|]; lra.
Qed.

(** ** The student *)

Lemma weights_closed b : (forall r, 0 < r -> exists a, weights a /\ close m a b r) -> weights b.
Proof.
  intros H. split; [|split].
  - intros j Hj. apply le_epsilon. intros r Hr. destruct (H r Hr) as (a & (N & _) & C).
    specialize (C j Hj). apply Rabs_def2 in C. specialize (N j Hj). lra.
  - apply cond_eq. intros e He. assert (0 < e / (INR m + 1)) as Hr.
    { apply Rdiv_lt_0_compat; [exact He|]. pose proof (pos_INR m). lra. }
    destruct (H _ Hr) as (a & (_ & One & _) & C). rewrite <- One, <- sum_minus.
    eapply Rle_lt_trans; [apply sum_triangle|].
    apply Rle_lt_trans with (sum m (fun _ => e / (INR m + 1))).
    + apply sum_le. intros j Hj. specialize (C j Hj). rewrite Rabs_minus_sym in C. lra.
    + rewrite sum_constant. pose proof (pos_INR m). apply Rmult_lt_reg_r with (INR m + 1); [lra|].
      replace (INR m * (e / (INR m + 1)) * (INR m + 1)) with (INR m * e) by (field; lra). lra.
  - intros j Hj D. apply cond_eq. intros e He. destruct (H e He) as (a & (_ & _ & Z) & C).
    specialize (C j Hj). rewrite (Z j Hj D), Rabs_minus_sym in C. exact C.
Qed.

(** The divergence at a cluster point of near-minimisers is at most their limit. *)
Lemma limit_below b l : weights b ->
  (forall r, 0 < r -> exists a, (weights a /\ KL P (f a) g <= l + r) /\ close m a b r) -> KL P (f b) g <= l.
Proof.
  intros Wb H. apply le_epsilon. intros e He. set (K := total P (fun _ _ => 1)).
  assert (0 <= K) as HK by (apply total_nonneg; [exact HP|intros ? ? _ _ _; lra]).
  assert (0 < e / 2 / (K + 1)) as Hq by (apply Rdiv_lt_0_compat; lra).
  destruct (tangent_touches b _ Wb Hq) as (y & Hy & Touch). fold K in Touch.
  set (L := sum m (fun j => Rabs (slope y j))).
  assert (0 <= L) as HL by (apply sum_nonneg; intros; apply Rabs_pos).
  assert (0 < e / 2 / (L + 1)) as Hr by (apply Rdiv_lt_0_compat; lra).
  destruct (H _ Hr) as (a & [Wa Near] & C).
  pose proof (tangent_below y a Wa Hy). pose proof (tangent_continuous y a b _ C) as T. fold L in T.
  assert (e / 2 / (K + 1) * K <= e / 2).
  { apply Rmult_le_reg_r with (K + 1); [lra|]. unfold Rdiv. field_simplify; nra. }
  assert (e / 2 / (L + 1) * L + e / 2 / (L + 1) = e / 2) by (field; lra). lra.
Qed.

Theorem student_of_a_hull : (exists j, (j < m)%nat /\ finite P (models j) g) ->
  exists s, left_student P (hull P m models) g s.
Proof.
  intros (j0 & Hj0 & F0). set (a0 := fun j => if Nat.eqb j j0 then 1 else 0).
  assert (Va : forall a, weights a -> hull P m models (f a)).
  { intros a (N & One & _). exists a. split; [exact N|split; [exact One|]]. intros i c _ _ _. reflexivity. }
  assert (W0 : weights a0).
  { split; [intros j _; unfold a0; destruct (Nat.eqb j j0); lra|split; [now apply sum_indicator|]].
    intros j Hj N. unfold a0. destruct (Nat.eqb_spec j j0) as [->|]; [contradiction|reflexivity]. }
  destruct (completeness (fun v => exists a, weights a /\ v = - KL P (f a) g)) as [l [Up Least]].
  - exists 0. intros v (a & Wa & ->).
    pose proof (KL_nonneg P (f a) g HP (hull_distributions P m models Dv _ (Va a Wa)) Dg (weights_finite a Wa)). lra.
  - exists (- KL P (f a0) g), a0. split; [exact W0|reflexivity].
  - destruct (cluster m (fun r a => weights a /\ KL P (f a) g <= - l + r)) as [b Hb].
    + intros r Hr. destruct (Classical_Prop.classic (exists a, weights a /\ KL P (f a) g <= - l + r))
        as [|N]; [assumption|exfalso].
      enough (l <= l - r) by lra. apply Least. intros v (a & Wa & ->).
      destruct (Rle_lt_dec (KL P (f a) g) (- l + r)); [exfalso; apply N; now exists a|lra].
    + intros q r a Hq [Wa L]. split; [exact Wa|lra].
    + intros r a j Hj _ [(N & One & _) _]. split; [auto|]. rewrite <- One. now apply sum_term.
    + assert (Wb : weights b).
      { apply weights_closed. intros r Hr. destruct (Hb r Hr) as (a & [Wa _] & C). now exists a. }
      exists (f b). split; [now apply Va|]. split; [now apply weights_finite|].
      intros h (a & N & One & Sh) Fh. apply Rle_trans with (- l); [now apply limit_below|].
      assert (Wa : weights a).
      { split; [exact N|split; [exact One|]]. intros j Hj D. destruct (N j Hj) as [A|]; [exfalso|now symmetry].
        apply D. apply (finite_parts P m models a h g); auto. intros i Hi. now apply Dv. }
      replace (KL P h g) with (KL P (f a) g).
      * enough (- KL P (f a) g <= l) by lra. apply Up. now exists a.
      * apply total_ext; [exact HP|]. intros i c Hi Hc W. now rewrite (Sh i c Hi Hc W).
Qed.
End Hull.

Theorem existence_on_a_hull : Statements.existence_on_a_hull.
Proof. exact student_of_a_hull. Qed.
