(** Calibration errors of teacher and student, with a conditioning that no model chooses. *)
From Coq Require Import Reals Lra Lia Psatz Arith.
From KLRegression Require Import Definitions Sums Distances.
From KLRegression Require Statements.
Import Statements (calibration_error, own_score_calibration_error).
Open Scope R_scope.

Lemma reverse_triangle n a b :
  Rabs (sum n (fun i => Rabs (a i)) - sum n (fun i => Rabs (b i))) <= sum n (fun i => Rabs (a i - b i)).
Proof.
  rewrite <- sum_minus. eapply Rle_trans; [apply sum_triangle|]. apply sum_le. intros i _.
  apply Rabs_triang_inv2.
Qed.

(** The difference of the errors is at most the distance of the models, whatever the labels. *)
Lemma calibration_distance P cells cell y g s : probability P ->
  (forall i c, (i < points P)%nat -> (cell i c < cells)%nat) ->
  Rabs (calibration_error P cells cell y g - calibration_error P cells cell y s) <= distance P g s.
Proof.
  intros [NW _] Hcell. unfold calibration_error. rewrite <- sum_minus.
  eapply Rle_trans; [apply sum_triangle|].
  set (inside := fun i c b x => if Nat.eqb (cell i c) b then x else 0 : R).
  apply Rle_trans with (sum cells (fun b => sum (classes P) (fun c =>
    sum (points P) (fun i => inside i c b (weight P i * Rabs (g i c - s i c)))))).
  - apply sum_le. intros b _. eapply Rle_trans; [apply reverse_triangle|]. apply sum_le. intros c _.
    unfold E. rewrite <- sum_minus. eapply Rle_trans; [apply sum_triangle|]. apply sum_le.
    intros i Hi. unfold inside. destruct (Nat.eqb (cell i c) b).
    + rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq (weight P i)) by auto.
      right. f_equal. f_equal. ring.
    + rewrite Rminus_diag_eq, Rabs_R0 by ring. lra.
  - right. rewrite sum_swap. rewrite (sum_ext _ _ (fun c => sum (points P) (fun i =>
      weight P i * Rabs (g i c - s i c)))).
    + rewrite sum_swap. apply sum_ext. intros i _. apply sum_scale.
    + intros c _. rewrite sum_swap. apply sum_ext. intros i Hi. unfold inside.
      rewrite (sum_ext _ _ (fun b => if Nat.eqb b (cell i c) then weight P i * Rabs (g i c - s i c) else 0))
        by (intros b _; now rewrite Nat.eqb_sym). now apply sum_indicator, Hcell.
Qed.

Theorem calibration_given_cells : Statements.calibration_given_cells.
Proof.
  intros P cells cell y g s HP Hcell Dg Ds F difference.
  pose proof (calibration_distance P cells cell y g s HP Hcell) as D. fold difference in D.
  pose proof (bretagnolle_huber P g s HP Dg Ds F). pose proof (pinsker P g s HP Dg Ds F). lra.
Qed.

(** ** The own score, where both models group the points alike *)

(** An average over each point's group changes the average of |a| by nothing: [K i j] = 1 if i and j
    belong together, else 0. *)
Lemma grouped_average n w (K : nat -> nat -> R) a (N := fun i => sum n (fun j => w j * K i j)) :
  (forall i, (i < n)%nat -> 0 <= w i) -> (forall i j, K i j = 0 \/ K i j = 1) ->
  (forall i j, K i j = K j i) -> (forall i j l, K i j = 1 -> K i l = K j l) ->
  sum n (fun i => w i * (Rabs (sum n (fun j => w j * (K i j * a j))) / N i)) <= sum n (fun j => w j * Rabs (a j)).
Proof.
  intros Nw K01 Sym Trans.
  assert (NN : forall i, 0 <= N i).
  { intros i. apply sum_nonneg. intros j Hj. specialize (Nw j Hj). destruct (K01 i j) as [-> | ->]; lra. }
  assert (IN : forall i, 0 <= / N i).
  { intros i. destruct (NN i) as [L|L]; [left; now apply Rinv_0_lt_compat|rewrite <- L, Rinv_0; lra]. }
  apply Rle_trans with (sum n (fun i => sum n (fun j => w i * (w j * (K i j * Rabs (a j)) * / N j)))).
  - apply sum_le. intros i Hi. rewrite sum_scale. apply Rmult_le_compat_l; [now apply Nw|].
    apply Rle_trans with (sum n (fun j => Rabs (w j * (K i j * a j)) * / N i)).
    + unfold Rdiv. rewrite (sum_ext n (fun j => Rabs (w j * (K i j * a j)) * / N i)
        (fun j => / N i * Rabs (w j * (K i j * a j)))) by (intros; ring).
      rewrite sum_scale, Rmult_comm. apply Rmult_le_compat_l; [apply IN|apply sum_triangle].
    + apply sum_le. intros j Hj. rewrite !Rabs_mult, (Rabs_pos_eq (w j)) by now apply Nw.
      destruct (K01 i j) as [Z|O]; [rewrite Z, Rabs_R0; lra|]. rewrite O, Rabs_R1.
      right. f_equal. f_equal. apply sum_ext. intros l _. now rewrite (Trans i j l O).
  - rewrite sum_swap. apply sum_le. intros j Hj.
    rewrite (sum_ext n _ (fun i => w j * Rabs (a j) * / N j * (w i * K j i)))
      by (intros i _; rewrite (Sym i j); ring).
    rewrite sum_scale. fold (N j). specialize (Nw j Hj). pose proof (Rabs_pos (a j)).
    destruct (NN j) as [L|L]; [right; field; lra|]. rewrite <- L, Rmult_0_r. now apply Rmult_le_pos.
Qed.

(** Two averages over the same group differ by at most the average of the difference. *)
Lemma grouped_difference P (K : nat -> R) (a b : nat -> R) (N := E P K) : probability P ->
  (forall j, 0 <= K j) ->
  Rabs (Rabs (E P (fun j => K j * a j)) / N - Rabs (E P (fun j => K j * b j)) / N)
  <= Rabs (E P (fun j => K j * (a j - b j))) / N.
Proof.
  intros [NW _] NK. assert (I : 0 <= / N).
  { assert (0 <= N) as [L|L]; [|left; now apply Rinv_0_lt_compat|rewrite <- L, Rinv_0; lra].
    apply sum_nonneg. intros j Hj. apply Rmult_le_pos; [now apply NW|apply NK]. }
  unfold Rdiv. rewrite <- Rmult_minus_distr_r, Rabs_mult, (Rabs_pos_eq (/ N)) by exact I.
  apply Rmult_le_compat_r; [exact I|]. eapply Rle_trans; [apply Rabs_triang_inv2|].
  unfold E. rewrite <- sum_minus. right. f_equal. apply sum_ext. intros j _. ring.
Qed.

Lemma own_score_distance P y g s : probability P ->
  (forall i j c, (i < points P)%nat -> (j < points P)%nat -> (c < classes P)%nat ->
     g j c = g i c <-> s j c = s i c) ->
  Rabs (own_score_calibration_error P y g - own_score_calibration_error P y s) <= distance P g s.
Proof.
  intros HP Alike. pose proof HP as [NW _]. set (K := fun c i j => if Req_EM_T (g j c) (g i c) then 1 else 0 : R).
  set (N := fun c i => E P (fun j => K c i j)).
  set (err := fun F i c => Rabs (E P (fun j => K c i j * (F j c - y j c))) / N c i).
  assert (Eg : own_score_calibration_error P y g = total P (err g)) by reflexivity.
  assert (Es : own_score_calibration_error P y s = total P (err s)).
  { apply total_ext; [exact HP|]. intros i c Hi Hc W. unfold err, N, K, E.
    assert (Q : forall j, (j < points P)%nat ->
      (if Req_EM_T (s j c) (s i c) then 1 else 0 : R) = if Req_EM_T (g j c) (g i c) then 1 else 0).
    { intros j Hj. destruct (Alike i j c Hi Hj Hc) as [A B].
      destruct (Req_EM_T (s j c) (s i c)), (Req_EM_T (g j c) (g i c)); auto; exfalso; auto. }
    f_equal; [f_equal|]; apply sum_ext; intros j Hj; now rewrite Q. }
  rewrite Eg, Es, <- total_minus. eapply Rle_trans; [apply total_triangle; exact HP|].
  apply Rle_trans with (sum (classes P) (fun c => sum (points P) (fun i =>
    weight P i * (Rabs (E P (fun j => K c i j * (g j c - s j c))) / N c i)))).
  - rewrite sum_swap. unfold total, E. apply sum_le. intros i Hi. rewrite sum_scale.
    apply Rmult_le_compat_l; [now apply NW|]. apply sum_le. intros c Hc.
    eapply Rle_trans; [apply (grouped_difference P (K c i)); [exact HP|]|].
    + intros j. unfold K. destruct (Req_EM_T _ _); lra.
    + right. unfold N, Rdiv. do 3 f_equal. unfold E. apply sum_ext. intros j _. ring.
  - unfold distance, total, E.
    rewrite (sum_ext (points P) _ (fun i => sum (classes P) (fun c => weight P i * Rabs (g i c - s i c))))
      by (intros; now rewrite sum_scale).
    rewrite (sum_swap (points P) (classes P)). apply sum_le. intros c Hc.
    apply (grouped_average (points P) (weight P) (K c) (fun j => g j c - s j c)).
    + exact NW.
    + intros i j. unfold K. destruct (Req_EM_T _ _); auto.
    + intros i j. unfold K. destruct (Req_EM_T (g j c) (g i c)), (Req_EM_T (g i c) (g j c)); congruence.
    + intros i j l. unfold K. destruct (Req_EM_T (g j c) (g i c)) as [Q|]; [|intros; lra]. intros _. now rewrite Q.
Qed.

Theorem calibration_given_alike_scores : Statements.calibration_given_alike_scores.
Proof.
  intros P y g s HP Dg Ds F Alike difference.
  pose proof (own_score_distance P y g s HP Alike) as D. fold difference in D.
  pose proof (bretagnolle_huber P g s HP Dg Ds F). pose proof (pinsker P g s HP Dg Ds F). lra.
Qed.
