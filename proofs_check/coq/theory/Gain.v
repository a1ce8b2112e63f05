(** Three-point identities and the gain theorem. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Hierarchy Derive AutoDerive.
From KLRegression Require Import Definitions Sums Logarithms.
From KLRegression Require Statements.
Open Scope R_scope.

(** ** Bregman divergences *)

Theorem three_point_identity_bregman : Statements.three_point_identity_bregman.
Proof.
  intros phi dphi P f g s HP. unfold bregman. rewrite <- !total_minus.
  apply total_ext; [exact HP|]. intros i c _ _ _. ring.
Qed.

Theorem gain_theorem_bregman : Statements.gain_theorem_bregman.
Proof.
  intros phi dphi P V f g s HP HV Vs D Least Vf.
  pose proof (three_point_identity_bregman phi dphi P f g s HP) as T.
  enough (0 <= total P (fun i c => (f i c - s i c) * (dphi (s i c) - dphi (g i c)))) by lra.
  set (F := fun i c t => phi ((1 - t) * s i c + t * f i c) - phi (g i c)
                         - dphi (g i c) * ((1 - t) * s i c + t * f i c - g i c)).
  apply (first_order P F); [exact HP| |].
  - intros i c Hi Hc W. specialize (D i c Hi Hc W). apply is_derive_Reals in D. unfold F.
    assert (D0 : is_derive phi ((1 - 0) * s i c + 0 * f i c) (dphi (s i c)))
      by now replace ((1 - 0) * s i c + 0 * f i c) with (s i c) by ring.
    auto_derive; [repeat split; now exists (dphi (s i c))|].
    replace (Derive _ _) with (dphi (s i c)) by (symmetry; exact (is_derive_unique phi _ _ D0)). ring.
  - intros t Ht. apply Rle_trans with (bregman phi dphi P s g).
    + right. apply total_ext; [exact HP|]. intros i c _ _ _. unfold F.
      now replace ((1 - 0) * s i c + 0 * f i c) with (s i c) by ring.
    + apply (Least (mix t s f)). apply HV; auto; lra.
Qed.

(** ** Squared error: the generator x^2 *)

Lemma squared_error_bregman P f g : probability P ->
  squared_error P f g = bregman (fun x => x ^ 2) (fun x => 2 * x) P f g.
Proof. intros HP. apply total_ext; [exact HP|]. intros i c _ _ _. ring. Qed.

Theorem three_point_identity_squared_error : Statements.three_point_identity_squared_error.
Proof.
  intros P f g s HP. unfold squared_error. rewrite <- !total_minus.
  apply total_ext; [exact HP|]. intros i c _ _ _. ring.
Qed.

Theorem gain_theorem_squared_error : Statements.gain_theorem_squared_error.
Proof.
  intros P V f g s HP HV Vs Least Vf. rewrite !squared_error_bregman by exact HP.
  apply (gain_theorem_bregman _ _ P V); auto.
  - intros i c _ _ _. apply is_derive_Reals. auto_derive; [exact I|ring].
  - intros h Vh. rewrite <- !squared_error_bregman by exact HP. auto.
Qed.

(** ** Generalised KL, zeros included *)

Theorem three_point_identity_generalised_KL : Statements.three_point_identity_generalised_KL.
Proof.
  intros P f g s HP Nf Ng Ns Ffg Ffs Fsg. unfold generalised_KL. rewrite <- !total_minus.
  apply total_ext; [exact HP|]. intros i c Hi Hc W.
  pose proof (Nf i c Hi Hc W) as Hf. pose proof (Ns i c Hi Hc W) as Hs.
  pose proof (Ng i c Hi Hc W) as Hg. specialize (Ffg i c Hi Hc W).
  specialize (Ffs i c Hi Hc W). specialize (Fsg i c Hi Hc W). simpl in *.
  destruct Hs as [Hs|Hs]; [|rewrite <- Hs in *; rewrite Ffs by reflexivity; ring].
  destruct Hg as [Hg|Hg]; [|rewrite <- Hg in *; rewrite Fsg in Hs by reflexivity; lra].
  rewrite (ln_split (f i c) (s i c) (g i c)) by assumption. ring.
Qed.

Lemma mix_pos P s f t i c : nonnegative P s -> nonnegative P f ->
  (i < points P)%nat -> (c < classes P)%nat -> 0 < weight P i -> 0 < t < 1 ->
  s i c <> 0 \/ f i c <> 0 -> 0 < mix t s f i c.
Proof.
  intros Ns Nf Hi Hc W Ht N. specialize (Ns i c Hi Hc W). specialize (Nf i c Hi Hc W).
  unfold mix. simpl in *. assert (0 < s i c \/ 0 < f i c) as [|] by lra; nra.
Qed.

Lemma mix_finite P s f g t : finite P s g -> finite P f g -> finite P (mix t s f) g.
Proof.
  intros Fs Ff i c Hi Hc W Z. unfold mix. rewrite (Fs i c Hi Hc W Z), (Ff i c Hi Hc W Z). ring.
Qed.

(** The mass of f where s vanishes. *)
Definition missed (s f : prediction) : prediction :=
  fun i c => if Req_EM_T (s i c) 0 then f i c else 0.

(** Moving from s towards f costs t log t times the missed mass: an infinite slope. *)
Lemma divergence_of_mix P s f g t : probability P ->
  nonnegative P s -> nonnegative P f -> nonnegative P g -> finite P s g -> finite P f g ->
  0 < t < 1 ->
  generalised_KL P (mix t s f) g <=
  (1 - t) * generalised_KL P s g + t * generalised_KL P f g + t * ln t * total P (missed s f).
Proof.
  intros HP Ns Nf Ng Fs Ff Ht. unfold generalised_KL. rewrite <- !total_scale, <- !total_plus.
  apply total_le; [exact HP|]. intros i c Hi Hc W. unfold missed.
  pose proof (Ns i c Hi Hc W) as Hs. pose proof (Nf i c Hi Hc W) as Hf.
  specialize (Fs i c Hi Hc W). specialize (Ff i c Hi Hc W). simpl in *.
  destruct (Ng i c Hi Hc W) as [Hg|Hg].
  2:{ rewrite <- Hg in *. unfold mix.
      destruct (Req_EM_T (s i c) 0); rewrite ?Fs, ?Ff by reflexivity; right; ring. }
  destruct (Req_EM_T (s i c) 0) as [Z|Z].
  - unfold mix. rewrite Z. replace ((1 - t) * 0 + t * f i c) with (t * f i c) by ring.
    destruct Hf as [Hf|Hf]; [|rewrite <- Hf; right; ring].
    assert (0 < t * f i c) by nra. rewrite (ln_quotient (t * f i c)), (ln_quotient (f i c)) by auto.
    rewrite ln_mult by lra. right; ring.
  - assert (0 < mix t s f i c) as M by (apply (mix_pos P); auto).
    pose proof (kl_term_convex (s i c) (f i c) (g i c) t Hs Hf Hg ltac:(lra) M).
    unfold mix in *. lra.
Qed.

(** So the student charges every entry that a class member of finite divergence charges. *)
Lemma support P V f g s : probability P -> convex V -> (forall h, V h -> nonnegative P h) ->
  nonnegative P g -> V s -> finite P s g ->
  (forall h, V h -> finite P h g -> generalised_KL P s g <= generalised_KL P h g) ->
  V f -> finite P f g -> finite P f s.
Proof.
  intros HP HV NV Ng Vs Fs Least Vf Ff i c Hi Hc W Z.
  destruct (NV f Vf i c Hi Hc W) as [A|A]; [exfalso|congruence].
  assert (NM : everywhere P (fun i c => 0 <= missed s f i c)).
  { intros j d Hj Hd Wj. unfold missed. destruct (Req_EM_T _ _); [now apply (NV f)|lra]. }
  assert (M : 0 < total P (missed s f)).
  { apply (total_pos P HP _ i c); auto. unfold missed. destruct (Req_EM_T _ _); [exact A|congruence]. }
  set (m := total P (missed s f)) in *.
  set (d := generalised_KL P f g - generalised_KL P s g).
  assert (0 < (Rabs d + 1) / m) as Q by (apply Rdiv_lt_0_compat; [pose proof (Rabs_pos d); lra|exact M]).
  pose (t := exp (- ((Rabs d + 1) / m))).
  assert (Ht : 0 < t < 1).
  { split; [apply exp_pos|]. apply Rlt_le_trans with (exp 0); [|rewrite exp_0; lra].
    apply exp_increasing. lra. }
  assert (L : ln t * m = - (Rabs d + 1)) by (unfold t; rewrite ln_exp; field; lra). clearbody t.
  pose proof (divergence_of_mix P s f g t HP (NV s Vs) (NV f Vf) Ng Fs Ff Ht) as B. fold m in B.
  pose proof (Least _ (HV s f t Vs Vf ltac:(lra)) (mix_finite P s f g t Fs Ff)) as O.
  rewrite Rmult_assoc, L in B. pose proof (Rle_abs d). unfold d in *. nra.
Qed.

Theorem gain_theorem_generalised_KL : Statements.gain_theorem_generalised_KL.
Proof.
  intros P V f g s HP HV NV Ng Vs Fs Least Vf Ff.
  pose proof (support P V f g s HP HV NV Ng Vs Fs Least Vf Ff) as Ffs. split; [exact Ffs|].
  pose proof (three_point_identity_generalised_KL P f g s HP (NV f Vf) Ng (NV s Vs) Ff Ffs Fs) as T.
  enough (0 <= total P (fun i c => (f i c - s i c) * ln (s i c / g i c))) by lra.
  set (F := fun i c t => let x := (1 - t) * s i c + t * f i c in x * ln (x / g i c) - x + g i c).
  apply (first_order P F); [exact HP| |].
  - intros i c Hi Hc W. unfold F. specialize (Ffs i c Hi Hc W). specialize (Fs i c Hi Hc W).
    pose proof (Ng i c Hi Hc W) as Hg. simpl in *.
    destruct (NV s Vs i c Hi Hc W) as [Hs|Z].
    + destruct Hg as [Hg|Hg]; [|rewrite <- Hg in Fs; rewrite Fs in Hs by reflexivity; lra].
      assert (0 < s i c / g i c) by now apply Rdiv_lt_0_compat.
      assert (A : (1 - 0) * s i c + 0 * f i c = s i c) by ring.
      auto_derive; unfold Rminus in A; rewrite !A; [repeat split; lra|].
      unfold Rdiv. field. lra.
    + rewrite <- Z in *. rewrite Ffs by reflexivity.
      apply is_derive_ext with (fun _ => g i c); [intros t; apply Rminus_diag_uniq; ring|].
      replace ((0 - 0) * _) with 0 by ring. apply (is_derive_const (g i c)).
  - intros t Ht. apply Rle_trans with (generalised_KL P s g).
    + right. apply total_ext; [exact HP|]. intros i c _ _ _. unfold F.
      now replace ((1 - 0) * s i c + 0 * f i c) with (s i c) by ring.
    + apply (Least (mix t s f)); [apply HV; auto; lra|now apply mix_finite].
Qed.

(** ** KL between distributions *)

Lemma KL_generalised P f g : probability P -> distribution P f -> distribution P g ->
  KL P f g = generalised_KL P f g.
Proof.
  intros HP Df Dg. unfold generalised_KL. rewrite total_plus, total_minus.
  rewrite (total_distribution P HP f Df), (total_distribution P HP g Dg). unfold KL. ring.
Qed.

Theorem three_point_identity : Statements.three_point_identity.
Proof.
  intros P f g s HP Df Dg Ds Ffg Ffs Fsg. rewrite !KL_generalised by assumption.
  apply three_point_identity_generalised_KL; auto; [apply Df|apply Dg|apply Ds].
Qed.

Theorem gain_theorem : Statements.gain_theorem.
Proof.
  intros P V f g s HP HV DV Dg (Vs & Fs & Least) Vf Ff.
  rewrite !KL_generalised by auto. apply (gain_theorem_generalised_KL P V); auto; [|apply Dg|].
  - intros h Vh. now apply DV.
  - intros h Vh Fh. rewrite <- !KL_generalised by auto. now apply Least.
Qed.

(** ** Strictness *)

Lemma KL_nonneg P f g : probability P -> distribution P f -> distribution P g -> finite P f g ->
  0 <= KL P f g.
Proof.
  intros HP Df Dg F. rewrite KL_generalised by assumption. apply total_nonneg; [exact HP|].
  intros i c Hi Hc W. destruct Df as [Nf _], Dg as [Ng _]. destruct (Ng i c Hi Hc W) as [A|A].
  - apply kl_term_nonneg; [now apply Nf|exact A].
  - symmetry in A. rewrite (F i c Hi Hc W A), A. lra.
Qed.

Lemma KL_zero P f g : probability P -> distribution P f -> distribution P g -> finite P f g ->
  KL P f g <= 0 -> same P f g.
Proof.
  intros HP Df Dg F H i c Hi Hc W. destruct (Req_dec (f i c) (g i c)) as [|N]; [assumption|exfalso].
  rewrite KL_generalised in H by assumption. destruct Df as [Nf _], Dg as [Ng _].
  enough (0 < generalised_KL P f g) by lra.
  assert (T : everywhere P (fun i c => g i c = 0 \/ 0 < g i c)).
  { intros j d Hj Hd Wj. destruct (Ng j d Hj Hd Wj); auto. }
  apply (total_pos P HP _ i c); auto.
  - intros j d Hj Hd Wj. destruct (T j d Hj Hd Wj) as [Z|A].
    + rewrite (F j d Hj Hd Wj Z), Z. lra.
    + apply kl_term_nonneg; [now apply Nf|exact A].
  - destruct (T i c Hi Hc W) as [Z|A]; [rewrite Z, (F i c Hi Hc W Z) in N; lra|].
    apply kl_term_pos; [now apply Nf|exact A|exact N].
Qed.

Theorem strictness : Statements.strictness.
Proof.
  intros P V f g s HP HV DV Dg St Vf Ff Outside. pose proof St as (Vs & Fs & _).
  destruct (gain_theorem P V f g s HP HV DV Dg St Vf Ff) as [_ G].
  destruct (Rle_lt_dec (KL P s g) 0) as [Z|Z]; [exfalso|lra].
  apply (Outside s Vs). apply KL_zero; auto.
Qed.
