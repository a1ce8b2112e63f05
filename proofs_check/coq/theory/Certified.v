(** [check] = true implies [certified]: the theorem behind every exported certificate. *)
From Coq Require Import Reals ZArith List Lia Lra Bool.
From KLRegression Require Import Definitions Sums Gain Certificate Intervals Instance Checker Enclosures CheckerSound.
Import ListNotations.
Open Scope R_scope.

Lemma all_hold_intro (l : list Prop) : (forall A : Prop, In A l -> A) -> all_hold l.
Proof.
  induction l as [|A [|B l] IH]; intros H; [exact I|apply H; now left|]. split; [apply H; now left|].
  apply IH. intros C HC. apply H. now right.
Qed.

(** Between some number of the first interval and some number of the second. *)
Definition within (B : I.type * I.type) (v : R) : Prop :=
  exists l u, encloses (fst B) l /\ encloses (snd B) u /\ l <= v <= u.

Lemma within_exact X v : encloses X v -> within (X, X) v.
Proof. intros HX. exists v, v. repeat split; auto; lra. Qed.

Section Claims.
Variables (p : F.precision) (k m : nat) (d : list point) (a : list Z) (gap : decimal) (e : nat).
Variable truths : list given.
Hypothesis H : well_formed k m d = true.
Hypothesis Ha : row_formed m a = true.
Hypothesis Ht : forallb (given_formed k m d) truths = true.
Let P := sample_of k d.
Let V := hull P m (model_of d).
Let teacher := teacher_of d.
Let computed := mixture_of m d a.
Let logs := with_logs p k m d (Mixture a) TheTeacher.
Let T := map (fun j => average_log p k m d (Model j) logs) (seq 0 m).
Hypothesis Hf : forallb (fun f =>
  finite_check k m d f TheTeacher && finite_check k m d f (Mixture a)) truths = true.
Hypothesis Hgap : gap_check p k m d a T gap = true.
Let HP : probability P := sample_probability k m d H.
Let HV : convex V := hull_convex P m (model_of d).
Let DV : of_distributions P V := hull_distributions P m (model_of d) (model_distribution k m d H).
Let Dg : distribution P teacher := teacher_distribution k m d H.
Let Vc : V computed := mixture_in_hull k m d a Ha.
Let Fc : finite P computed teacher := computed_finite p k m d a gap H Ha Hgap.
Let Gap : gap_at_most P V teacher computed (number gap) := gap_sound p k m d a gap H Ha Hgap.
Let table := map (facts_about p k m d a gap e logs) truths.
Let small := small_check p k m d a gap e.

Theorem every_truth f : V f -> finite P f teacher ->
  finite P f computed /\ KL P f computed + KL P computed teacher <= KL P f teacher + number gap.
Proof.
  intros Vf Ff. split; [apply (Gap f Vf Ff)|].
  now apply (universal_certificate P V f teacher computed (number gap) HP DV Dg (DV computed Vc) Fc Gap).
Qed.

(** ** Truths *)

Let truth i := meaning m d (nth i truths TheTeacher).

Lemma truth_formed i : (i < length truths)%nat -> given_formed k m d (nth i truths TheTeacher) = true.
Proof. intros Hi. rewrite forallb_forall in Ht. apply Ht. now apply nth_In. Qed.

Lemma truth_distribution i : (i < length truths)%nat -> distribution P (truth i).
Proof. intros Hi. apply (meaning_distribution k m d H). now apply truth_formed. Qed.

Lemma truth_finite i : (i < length truths)%nat -> finite P (truth i) teacher /\ finite P (truth i) computed.
Proof.
  intros Hi. rewrite forallb_forall in Hf. specialize (Hf _ (nth_In truths TheTeacher Hi)).
  apply andb_prop in Hf as [F1 F2]. split.
  - apply (finite_check_correct k m d H _ TheTeacher) in F1; [exact F1|now apply truth_formed|reflexivity].
  - apply (finite_check_correct k m d H _ (Mixture a)) in F2; [exact F2|now apply truth_formed|exact Ha].
Qed.

Lemma table_entry i f : nth_error table i = Some f ->
  (i < length truths)%nat /\ f = facts_about p k m d a gap e logs (nth i truths TheTeacher).
Proof.
  unfold table. intros E. assert (Hi : (i < length truths)%nat).
  { rewrite <- (map_length (facts_about p k m d a gap e logs)). apply nth_error_Some. congruence. }
  split; [exact Hi|]. rewrite nth_error_map in E.
  rewrite (nth_error_nth' truths TheTeacher Hi) in E. now injection E.
Qed.

Lemma truth_gain i : (i < length truths)%nat ->
  KL P (truth i) teacher = KL P (truth i) computed + log_ratio P (truth i) teacher computed.
Proof.
  intros Hi. pose proof (affine_gain P (truth i) teacher computed HP) as A. unfold gain in A.
  destruct (truth_finite i Hi).
  rewrite <- A; [ring|apply (truth_distribution i Hi)|apply Dg|apply (DV _ Vc)|assumption|assumption].
Qed.

Lemma error_encloses i : (i < length truths)%nat ->
  encloses (error (facts_about p k m d a gap e logs (nth i truths TheTeacher))) (KL P (truth i) computed).
Proof. intros Hi. apply (with_logs_KL p k m d H _ (Mixture a)); [now apply truth_formed|exact Ha]. Qed.

Lemma gain_of_encloses i : (i < length truths)%nat ->
  encloses (gain_of (facts_about p k m d a gap e logs (nth i truths TheTeacher)))
    (log_ratio P (truth i) teacher computed).
Proof.
  intros Hi. apply (average_log_encloses p k m d H _ (Mixture a) TheTeacher); [now apply truth_formed|exact Ha|reflexivity].
Qed.

(** ** Terms *)

(** A term's bounds hold for the true student s, or for any s if the term does not mention it. *)
Definition about (s : prediction) (t : term) : Prop :=
  left_student P V teacher s \/ (from t <> Student /\ to t <> Student).

Lemma computed_teacher s : within (misfit p m a T, misfit p m a T)
  (divergence_of k m d a truths s (Term true Computed Teacher)).
Proof. apply within_exact, (misfit_encloses p k m d a H Ha). Qed.

Lemma ball s : left_student P V teacher s ->
  finite P computed s /\ finite P s computed /\
  0 <= KL P computed s /\ 0 <= KL P s computed /\ KL P computed s + KL P s computed <= number gap /\
  distance P computed s <= sqrt (number gap) /\
  KL P computed teacher - number gap <= KL P s teacher <= KL P computed teacher.
Proof.
  intros St. destruct (jeffreys_ball P V teacher s computed _ HP HV DV Dg St Vc Fc Gap) as (F1 & F2 & J).
  destruct (ball_about_the_true_student P V teacher s computed _ HP HV DV Dg St Vc Fc Gap) as (_ & R & M).
  pose proof (KL_nonneg P computed s HP (DV _ Vc) (DV _ (proj1 St)) F1).
  pose proof (KL_nonneg P s computed HP (DV _ (proj1 St)) (DV _ Vc) F2). repeat split; auto; tauto.
Qed.

Lemma truth_error s i : (i < length truths)%nat -> small = true -> left_student P V teacher s ->
  let r := sqrt (chi_squared P (truth i) computed * (number gap / (1 - / 2 ^ e / 2))) in
  finite P (truth i) s /\ - r <= KL P (truth i) s - KL P (truth i) computed <= r + number gap.
Proof.
  intros Hi S St r. destruct (truth_finite i Hi) as [_ F]. destruct (ball s St) as (Fcs & _). split.
  - intros j c Hj Hc W Z. apply (F j c Hj Hc W), (Fcs j c Hj Hc W), Z.
  - apply (error_of_the_true_student P V (truth i) teacher s computed _ _ HP HV DV Dg St Vc Fc Gap
      (truth_distribution i Hi) F); [apply x_range|exact (small_sound p k m d a gap H Ha e S)].
Qed.

Lemma bounds_sound s t B : about s t -> bounds p m a T gap table small t = Some B ->
  finite_term k m d a truths s t /\ within B (divergence_of k m d a truths s t).
Proof.
  destruct t as [sg x y]. unfold about, bounds, finite_term, divergence_of. cbn [from to].
  fold P teacher computed. pose proof (misfit_encloses p k m d a H Ha) as Em.
  pose proof (gap_encloses p gap) as Eg.
  intros St E. destruct x, y; try discriminate; cbn [prediction_of]; fold P teacher computed.
  - (* student, teacher *) destruct St as [St|[N _]]; [|congruence]. injection E as <-.
    split; [apply St|]. destruct (ball s St) as (_ & _ & _ & _ & _ & _ & M).
    exists (KL P computed teacher - number gap), (KL P computed teacher).
    split; [now apply encloses_sub|split; [exact Em|exact M]].
  - (* student, computed *) destruct St as [St|[N _]]; [|congruence]. injection E as <-.
    destruct (ball s St) as (_ & F & N1 & N2 & J & _). split; [exact F|].
    exists 0, (number gap). split; [apply encloses_integer|split; [exact Eg|lra]].
  - (* computed, teacher *) injection E as <-. split; [exact Fc|]. now apply within_exact.
  - (* computed, student *) destruct St as [St|[_ N]]; [|congruence]. injection E as <-.
    destruct (ball s St) as (F & _ & N1 & N2 & J & _). split; [exact F|].
    exists 0, (number gap). split; [apply encloses_integer|split; [exact Eg|lra]].
  - (* truth, teacher *) destruct (nth_error table t) as [f|] eqn:Q; [|discriminate]. injection E as <-.
    destruct (table_entry t f Q) as [Hi ->]. split; [now apply truth_finite|]. apply within_exact.
    change (encloses (I.add p (error (facts_about p k m d a gap e logs (nth t truths TheTeacher)))
      (gain_of (facts_about p k m d a gap e logs (nth t truths TheTeacher)))) (KL P (truth t) teacher)).
    rewrite (truth_gain t Hi). apply encloses_add; [now apply error_encloses|now apply gain_of_encloses].
  - (* truth, student *) destruct St as [St|[_ N]]; [|congruence].
    destruct small eqn:S; [|discriminate].
    destruct (nth_error table t) as [f|] eqn:Q; [|discriminate]. injection E as <-.
    destruct (table_entry t f Q) as [Hi ->]. destruct (truth_error s t Hi S St) as [F R].
    split; [exact F|]. set (r := sqrt _) in R.
    exists (KL P (truth t) computed - r), (KL P (truth t) computed + (r + number gap)).
    assert (Er : encloses (spread (facts_about p k m d a gap e logs (nth t truths TheTeacher))) r).
    { apply (radius_encloses p k m d a gap H Ha); [now apply truth_formed|now apply truth_finite]. }
    pose proof (error_encloses t Hi) as Ek.
    split; [now apply encloses_sub|split; [apply encloses_add; [exact Ek|now apply encloses_add]|]].
    change (KL P (truth t) computed - r <= KL P (truth t) s <= KL P (truth t) computed + (r + number gap)). lra.
  - (* truth, computed *) destruct (nth_error table t) as [f|] eqn:Q; [|discriminate]. injection E as <-.
    destruct (table_entry t f Q) as [Hi ->]. split; [now apply truth_finite|].
    apply within_exact. now apply error_encloses.
Qed.

(** ** Signed sums *)

Lemma within_add A B v w : within A v -> within B w ->
  within (I.add p (fst A) (fst B), I.add p (snd A) (snd B)) (v + w).
Proof.
  intros (l & u & L & U & Q) (l' & u' & L' & U' & Q'). exists (l + l'), (u + u').
  split; [now apply encloses_add|split; [now apply encloses_add|lra]].
Qed.

Lemma within_sub A B v w : within A v -> within B w ->
  within (I.sub p (fst A) (snd B), I.sub p (snd A) (fst B)) (v - w).
Proof.
  intros (l & u & L & U & Q) (l' & u' & L' & U' & Q'). exists (l - u'), (u - l').
  split; [now apply encloses_sub|split; [now apply encloses_sub|lra]].
Qed.

Let bound := bounds p m a T gap table small.
Let sums := sum_bounds p m a T gap table small.

Lemma sum_bounds_sound s terms : Forall (about s) terms -> forall acc v B, within acc v ->
  sums acc terms = Some B ->
  within B (add_terms k m d a truths s v terms) /\ Forall (finite_term k m d a truths s) terms.
Proof.
  intros A. induction A as [|t l At Al IH]; intros acc v B W E.
  - injection E as <-. split; [exact W|constructor].
  - unfold sums in E. cbn [sum_bounds] in E.
    destruct (bounds p m a T gap table small t) as [[lo hi]|] eqn:Q; [|discriminate].
    destruct (bounds_sound s t _ At Q) as [F Wt]. destruct (plus t) eqn:S; cbn [add_terms]; rewrite S.
    + destruct (IH _ _ _ (within_add _ _ _ _ W Wt) E) as [R Fs]. split; [exact R|now constructor].
    + destruct (IH _ _ _ (within_sub _ _ _ _ W Wt) E) as [R Fs]. split; [exact R|now constructor].
Qed.

(** Starting from 0 or from the first term is the same number. *)
Lemma add_terms_from s terms : add_terms k m d a truths s 0 terms = signed_sum k m d a truths s terms.
Proof.
  destruct terms as [|t l]; [reflexivity|]. cbn [add_terms signed_sum]. f_equal.
  destruct (plus t); ring.
Qed.

(** ** Claims *)

Lemma gain_mixture f : V f -> finite P f teacher -> exists b,
  (forall j, (j < m)%nat -> 0 <= b j) /\ sum m b = 1 /\
  (forall j, (j < m)%nat -> 0 < b j -> finite P (model_of d j) teacher) /\
  KL P f teacher - KL P f computed = sum m (fun j => b j * log_ratio P (model_of d j) teacher computed).
Proof.
  intros Vf Ff. pose proof Vf as (b & Nb & One & Sf). exists b. repeat split; auto.
  - apply (finite_parts P m (model_of d) b f teacher); auto.
    intros j Hj. now apply (model_distribution k m d H).
  - rewrite <- (log_ratio_mixture P m (model_of d) b f teacher computed HP Sf).
    apply (affine_gain P f teacher computed HP); [apply (DV f Vf)|apply Dg|apply (DV _ Vc)|exact Ff|now apply (Gap f)].
Qed.

Definition claim_about (s : prediction) (c : claim) : Prop :=
  left_student P V teacher s \/ mentions_student c = false.

Lemma terms_about s lo terms hi : claim_about s (Between lo terms hi) -> Forall (about s) terms.
Proof.
  intros A. apply Forall_forall. intros t Hin. destruct A as [A|A]; [now left|right].
  assert (B : existsb (fun t => match from t with Student => true | _ => false end
                             || match to t with Student => true | _ => false end) terms = false) by exact A.
  destruct t as [sg x y]. cbn [from to]. split; intros ->.
  - enough (false = true) by discriminate. rewrite <- B. apply existsb_exists. exists (Term sg Student y).
    split; [exact Hin|reflexivity].
  - enough (false = true) by discriminate. rewrite <- B. apply existsb_exists. exists (Term sg x Student).
    split; [exact Hin|]. cbn [from to]. apply orb_true_r.
Qed.

Lemma gap_decimal hi : gap_at_most_decimal gap hi = true -> number gap <= number hi.
Proof.
  unfold gap_at_most_decimal, number. intros E. apply Z.leb_le, IZR_le in E.
  rewrite !mult_IZR, !power_of_ten in E. pose proof (power_pos (digits hi)). pose proof (power_pos (digits gap)).
  apply Rmult_le_reg_r with (10 ^ digits gap * 10 ^ digits hi); [now apply Rmult_lt_0_compat|].
  replace (IZR (mantissa gap) / 10 ^ digits gap * (10 ^ digits gap * 10 ^ digits hi))
    with (IZR (mantissa gap) * 10 ^ digits hi) by (field; lra).
  replace (IZR (mantissa hi) / 10 ^ digits hi * (10 ^ digits gap * 10 ^ digits hi))
    with (IZR (mantissa hi) * 10 ^ digits gap) by (field; lra). exact E.
Qed.

Lemma claim_sound s c : claim_about s c -> claim_check p k m d a T gap table small c = true ->
  claim_holds k m d a truths s c.
Proof.
  destruct c as [hi|hi|hi|lo|hi|lo terms hi]; intros A E; cbn [claim_check claim_holds] in *.
  - intros f Vf Ff. destruct (every_truth f Vf Ff) as [F L]. pose proof (gap_decimal hi E). split; [exact F|].
    fold P teacher computed. lra.
  - destruct A as [St|N]; [|discriminate]. destruct (ball s St) as (_ & _ & _ & _ & J & _).
    pose proof (gap_decimal hi E). fold computed P. lra.
  - destruct A as [St|N]; [|discriminate]. destruct (ball s St) as (_ & _ & _ & _ & _ & R & _).
    pose proof (at_most_sound p _ _ _ (encloses_sqrt p _ _ (gap_encloses p gap)) E). fold computed P. lra.
  - intros f Vf Ff. destruct (gain_mixture f Vf Ff) as (b & Nb & One & Live & G).
    change (number lo <= KL P f teacher - KL P f computed). rewrite G.
    apply average_at_least; auto. intros j Hj Bj. rewrite forallb_forall in E.
    specialize (E j ltac:(apply in_seq; lia)). apply (Live j Hj), (live_correct k m d H j Hj) in Bj.
    rewrite Bj in E. exact (at_least_sound p _ _ _ (gain_encloses p k m d a H Ha j Hj) E).
  - intros f Vf Ff. destruct (gain_mixture f Vf Ff) as (b & Nb & One & Live & G).
    change (KL P f teacher - KL P f computed <= number hi). rewrite G.
    apply average_at_most; auto. intros j Hj Bj. rewrite forallb_forall in E.
    specialize (E j ltac:(apply in_seq; lia)). apply (Live j Hj), (live_correct k m d H j Hj) in Bj.
    rewrite Bj in E. exact (at_most_sound p _ _ _ (gain_encloses p k m d a H Ha j Hj) E).
  - destruct (sum_bounds p m a T gap table small (I.fromZ p 0, I.fromZ p 0) terms) as [[L U]|] eqn:Q; [|discriminate].
    destruct (sum_bounds_sound s terms (terms_about s lo terms hi A) _ 0 _ (within_exact _ _ (encloses_integer p 0)) Q)
      as [(l & u & El & Eu & B) F].
    apply andb_prop in E as [EL EU]. rewrite add_terms_from in B. apply all_hold_intro. intros C HC.
    apply in_app_or in HC as [HC|[<-|[]]].
    + apply in_map_iff in HC as (t & <- & Hin). rewrite Forall_forall in F. now apply F.
    + pose proof (at_least_sound p _ _ _ El EL). pose proof (at_most_sound p _ _ _ Eu EU). lra.
Qed.
End Claims.

(** The theorem behind every exported certificate. *)
Theorem certificate_sound bits e gap k m d a truths facts student_facts :
  check bits e gap k m d a truths facts student_facts = true ->
  certified k m d a truths facts student_facts.
Proof.
  unfold check. intros C. apply andb_prop in C as [C Rest]. apply andb_prop in C as [C Hf].
  apply andb_prop in C as [C Ht]. apply andb_prop in C as [H Ha].
  apply andb_prop in Rest as [Rest Hs]. apply andb_prop in Rest as [Hgap Hfacts].
  rewrite forallb_forall in Hfacts, Hs. set (p := precision bits) in *. split; [|split].
  - apply all_hold_intro. intros A HA. apply in_map_iff in HA as (c & <- & Hc).
    specialize (Hfacts c Hc). apply andb_prop in Hfacts as [N E]. apply negb_true_iff in N.
    apply (claim_sound p k m d a gap e truths H Ha Ht Hf Hgap); [now right|exact E].
  - exact (student_exists p k m d a gap H Ha Hgap).
  - intros s St. apply all_hold_intro. intros A HA. apply in_map_iff in HA as (c & <- & Hc).
    apply (claim_sound p k m d a gap e truths H Ha Ht Hf Hgap); [now left|exact (Hs c Hc)].
Qed.
