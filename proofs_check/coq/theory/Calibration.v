(** Calibration errors of teacher and student, with a conditioning that no model chooses. *)
From Coq Require Import Reals Lra Lia Psatz Arith.
From KLRegression Require Import Definitions Sums Distances.
From KLRegression Require Statements.
Import Statements (calibration_error).
Open Scope R_scope.

Lemma reverse_triangle n a b :
  Rabs (sum n (fun i => Rabs (a i)) - sum n (fun i => Rabs (b i))) <= sum n (fun i => Rabs (a i - b i)).
Proof.
  rewrite <- sum_minus. eapply Rle_trans; [apply sum_triangle|]. apply sum_le. intros i _.
  apply Rabs_triang_inv2.
Qed.

(** The difference of the errors is at most the distance of the models, whatever the labels. *)
Lemma calibration_distance P cells cell y g s : probability P ->
  (forall i, (i < points P)%nat -> (cell i < cells)%nat) ->
  Rabs (calibration_error P cells cell y g - calibration_error P cells cell y s) <= distance P g s.
Proof.
  intros [NW _] Hcell. unfold calibration_error. rewrite <- sum_minus.
  eapply Rle_trans; [apply sum_triangle|].
  set (inside := fun i b x => if Nat.eqb (cell i) b then x else 0 : R).
  apply Rle_trans with (sum cells (fun b => sum (classes P) (fun c =>
    sum (points P) (fun i => inside i b (weight P i * Rabs (g i c - s i c)))))).
  - apply sum_le. intros b _. eapply Rle_trans; [apply reverse_triangle|]. apply sum_le. intros c _.
    unfold E. rewrite <- sum_minus. eapply Rle_trans; [apply sum_triangle|]. apply sum_le.
    intros i Hi. unfold inside. destruct (Nat.eqb (cell i) b).
    + rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq (weight P i)) by auto.
      right. f_equal. f_equal. ring.
    + rewrite Rminus_diag_eq, Rabs_R0 by ring. lra.
  - right. rewrite sum_swap. rewrite (sum_ext _ _ (fun c => sum (points P) (fun i =>
      weight P i * Rabs (g i c - s i c)))).
    + rewrite sum_swap. apply sum_ext. intros i _. apply sum_scale.
    + intros c _. rewrite sum_swap. apply sum_ext. intros i Hi. unfold inside.
      rewrite (sum_ext _ _ (fun b => if Nat.eqb b (cell i) then weight P i * Rabs (g i c - s i c) else 0))
        by (intros b _; now rewrite Nat.eqb_sym). now apply sum_indicator, Hcell.
Qed.

Theorem calibration_given_cells : Statements.calibration_given_cells.
Proof.
  intros P cells cell y g s HP Hcell Dg Ds F difference.
  pose proof (calibration_distance P cells cell y g s HP Hcell) as D. fold difference in D.
  pose proof (bretagnolle_huber P g s HP Dg Ds F). pose proof (pinsker P g s HP Dg Ds F). lra.
Qed.
