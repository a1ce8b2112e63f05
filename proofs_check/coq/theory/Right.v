(** Students on the right: argmin KL(teacher, student). *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Hierarchy Derive AutoDerive.
From KLRegression Require Import Definitions Sums Logarithms Gain.
From KLRegression Require Statements.
Open Scope R_scope.

Lemma finite_mix_right P s f g t : nonnegative P s -> nonnegative P f -> finite P g s -> 0 < t < 1 ->
  finite P g (mix t s f).
Proof.
  intros Ns Nf F Ht i c Hi Hc W Z. apply (F i c Hi Hc W).
  destruct (Req_dec (s i c) 0) as [|N]; [assumption|exfalso].
  pose proof (mix_pos P s f t i c Ns Nf Hi Hc W Ht (or_introl N)). lra.
Qed.

(** The derivative of KL(g, (1-t) s + t f) at 0 is E sum g (1 - f/s). *)
Theorem four_points : Statements.four_points.
Proof.
  intros P V f g s HP HV DV Dg (Vs & Fs & Least) Vf.
  destruct (DV s Vs) as [Ns _]. destruct (DV f Vf) as [Nf _]. pose proof Dg as [Ng _].
  set (F := fun i c t => let x := (1 - t) * s i c + t * f i c in g i c * ln (g i c / x)).
  assert (0 <= total P (fun i c => g i c * (1 - f i c / s i c))) as D.
  { apply (first_order P F); [exact HP| |].
    - intros i c Hi Hc W. unfold F. specialize (Fs i c Hi Hc W). simpl in Fs.
      destruct (Ng i c Hi Hc W) as [G| <-].
      + destruct (Ns i c Hi Hc W) as [S|S]; [|rewrite Fs in G by auto; lra].
        assert (A : (1 - 0) * s i c + 0 * f i c = s i c) by ring.
        assert (0 < g i c / s i c) by now apply Rdiv_lt_0_compat.
        auto_derive; unfold Rminus in A; rewrite !A; [repeat split; lra|]. field. lra.
      + apply is_derive_ext with (fun _ => 0); [intros t; apply Rminus_diag_uniq; ring|].
        rewrite Rmult_0_l. apply (is_derive_const 0).
    - intros t Ht. apply Rle_trans with (KL P g s).
      + right. apply total_ext; [exact HP|]. intros i c _ _ _. unfold F.
        now replace ((1 - 0) * s i c + 0 * f i c) with (s i c) by ring.
      + apply (Least (mix t s f)); [apply HV; auto; lra|]. now apply finite_mix_right. }
  rewrite <- (total_distribution P HP g Dg).
  apply Rle_trans with (total P (fun i c => g i c - g i c * (1 - f i c / s i c))).
  - right. apply total_ext; [exact HP|]. intros i c _ _ _. unfold Rdiv. ring.
  - rewrite total_minus. lra.
Qed.

(** q log(q/s) - q log(q/g) - q log(q/f) = q log(f g / (s q)) <= f g / s - q. *)
Lemma ratio_term q f g s : 0 <= q -> (0 < q -> 0 < f /\ 0 < g /\ 0 < s) -> 0 <= f * (g / s) ->
  q * ln (q / s) - q * ln (q / g) - q * ln (q / f) <= f * (g / s) - q.
Proof.
  intros [Hq| <-] H N; [|rewrite !Rmult_0_l; lra]. destruct (H Hq) as (Hf & Hg & Hs).
  assert (0 < f * (g / s)) as R by (apply Rmult_lt_0_compat; [auto|now apply Rdiv_lt_0_compat]).
  pose proof (kl_term_nonneg q _ (or_introl Hq) R) as L.
  rewrite ln_quotient, ln_mult, ln_quotient in L by (auto; now apply Rdiv_lt_0_compat).
  rewrite !ln_quotient by assumption. lra.
Qed.

Theorem right_truth_outside_the_class : Statements.right_truth_outside_the_class.
Proof.
  intros P V f g q s HP HV DV Dg St Vf Dq Fqg Fqf.
  pose proof (four_points P V f g s HP HV DV Dg St Vf) as M. destruct St as (Vs & Fgs & _).
  destruct (DV s Vs) as [Ns _]. destruct (DV f Vf) as [Nf _]. pose proof Dg as [Ng _].
  pose proof (total_distribution P HP q Dq) as One. destruct Dq as [Nq _].
  assert (Fqs : finite P q s) by (intros i c Hi Hc W Z; now apply (Fqg i c), (Fgs i c)).
  split; [exact Fqs|].
  enough (KL P q s - KL P q g - KL P q f <= total P (fun i c => f i c * (g i c / s i c)) - total P q) by lra.
  unfold KL. rewrite <- !total_minus. apply total_le; [exact HP|]. intros i c Hi Hc W.
  specialize (Fqs i c Hi Hc W). specialize (Fqf i c Hi Hc W). specialize (Fqg i c Hi Hc W).
  specialize (Fgs i c Hi Hc W). specialize (Ns i c Hi Hc W). specialize (Nf i c Hi Hc W).
  specialize (Ng i c Hi Hc W). specialize (Nq i c Hi Hc W). simpl in *.
  apply ratio_term; [exact Nq| |].
  - intros Q. destruct Nf, Ng, Ns; repeat split; auto; exfalso; revert Q; apply Rle_not_lt; right; auto.
  - apply Rmult_le_pos; [exact Nf|]. destruct Ns as [S|S]; [|rewrite Fgs by auto; lra].
    apply Rmult_le_pos; [exact Ng|]. left. now apply Rinv_0_lt_compat.
Qed.

Lemma KL_self P f : probability P -> nonnegative P f -> KL P f f = 0.
Proof.
  intros HP Nf. apply total_zero; [exact HP|]. intros i c Hi Hc W.
  destruct (Nf i c Hi Hc W) as [F| <-]; [|ring].
  replace (f i c / f i c) with 1 by (field; lra). rewrite ln_1. ring.
Qed.

Theorem right_gain : Statements.right_gain.
Proof.
  intros P V f g s HP HV DV Dg St Vf Ff.
  destruct (right_truth_outside_the_class P V f g f s HP HV DV Dg St Vf (DV f Vf) Ff) as [F L].
  - intros i c _ _ _. auto.
  - split; [exact F|]. rewrite (KL_self P f HP) in L; [lra|apply (DV f Vf)].
Qed.
