(** Certificate klc1-877be78ed7b2, theorem KL-HULL/1, as a Coq theorem.

    SHA-256 877be78ed7b2377fd2993e58bd598b43cc81580169db45106ac7e37424865e2e.
    Made by python -m proofs_check.coq; the words are those of Definitions.v. *)
From Coq Require Import Reals ZArith List.
From KLRegression Require Import Definitions Instance Checker Certified.
Import ListNotations.
Open Scope R_scope.

(** A row x of integers means x / sum x: a point's weight, the teacher's row, the models'
    rows, the rows of truths that are no mixtures. *)
Definition points : list point := [
  Point 1 [1; 2; 5]
    [[4; 1; 1]; [1; 4; 1]]
    [[1; 1; 6]]
]%Z.
Definition student_weights : list Z := [26981512392024014873881415372548873703366761653501937795164061246373670627850118030; 94435293372084052058584953803921057961783665787256782283074214362307847197475413106]%Z.

Definition sample := sample_of 3 points.
Definition teacher := teacher_of points.
Definition model := model_of points.
Definition computed := mixture_of 2 points student_weights.
Definition truth_f := table_of points 0.
Definition truths : list given := [Table 0].

(** The claims, for the checker. *)
Definition facts : list claim := [
  Between (Decimal 50097770025472805981634503683613903888604486639 48) [Term true (Truth 0) Teacher] (Decimal 50097770025472805981634503683613903888604486642 48);
  Gap (Decimal 1923 87);
  GreatestGain (Decimal 44513044018442310101035419737584777064766848224 47);
  LeastGain (Decimal 44513044018442310101035419737584777064766848221 47)
]%Z.
Definition student_facts : list claim := [
  Between (Decimal 8417877259577694886916064735335117183097640 43) [Term true (Truth 0) Student] (Decimal 8417877259577694886916064735335117183097722 43);
  Between (Decimal (-7916899559322966827099719698498978144211677) 43) [Term true (Truth 0) Teacher; Term false (Truth 0) Student] (Decimal (-7916899559322966827099719698498978144211595) 43);
  Between (Decimal (-12368203961167197837203261672257455850688361) 43) [Term true (Truth 0) Teacher; Term false (Truth 0) Student; Term false Student Teacher] (Decimal (-12368203961167197837203261672257455850688280) 43);
  Between (Decimal 44513044018442310101035419737584777064766848221 47) [Term true Student Teacher] (Decimal 44513044018442310101035419737584777064766848224 47);
  Ball (Decimal 1923 87);
  Radius (Decimal 1388 45)
]%Z.

Lemma checked : check 357 64 (Decimal 1921754833402 96) 3 2 points
  student_weights truths facts student_facts = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem klc1_877be78ed7b2 :
  (** About every mixture f of the models whose error is finite, and about the truths. *)
  ((finite sample truth_f teacher /\
    50097770025472805981634503683613903888604486639 / 10 ^ 48 <= KL sample truth_f teacher <= 50097770025472805981634503683613903888604486642 / 10 ^ 48) /\
  (forall f, hull sample 2 model f -> finite sample f teacher ->
    finite sample f computed /\
    KL sample f computed + KL sample computed teacher <= KL sample f teacher + 1923 / 10 ^ 87) /\
  (forall f, hull sample 2 model f -> finite sample f teacher ->
    KL sample f teacher - KL sample f computed <= 44513044018442310101035419737584777064766848224 / 10 ^ 47) /\
  (forall f, hull sample 2 model f -> finite sample f teacher ->
    44513044018442310101035419737584777064766848221 / 10 ^ 47 <= KL sample f teacher - KL sample f computed)) /\
  (** There is a true student, *)
  (exists s, left_student sample (hull sample 2 model) teacher s) /\
  (** and of every such s it is true that *)
  (forall s, left_student sample (hull sample 2 model) teacher s ->
    (finite sample truth_f s /\
      8417877259577694886916064735335117183097640 / 10 ^ 43 <= KL sample truth_f s <= 8417877259577694886916064735335117183097722 / 10 ^ 43) /\
    (finite sample truth_f teacher /\ finite sample truth_f s /\
      (-7916899559322966827099719698498978144211677) / 10 ^ 43 <= KL sample truth_f teacher - KL sample truth_f s <= (-7916899559322966827099719698498978144211595) / 10 ^ 43) /\
    (finite sample truth_f teacher /\ finite sample truth_f s /\ finite sample s teacher /\
      (-12368203961167197837203261672257455850688361) / 10 ^ 43 <= KL sample truth_f teacher - KL sample truth_f s - KL sample s teacher <= (-12368203961167197837203261672257455850688280) / 10 ^ 43) /\
    (finite sample s teacher /\
      44513044018442310101035419737584777064766848221 / 10 ^ 47 <= KL sample s teacher <= 44513044018442310101035419737584777064766848224 / 10 ^ 47) /\
    (KL sample computed s + KL sample s computed <= 1923 / 10 ^ 87) /\
    (distance sample computed s <= 1388 / 10 ^ 45)).
Proof. exact (certificate_sound _ _ _ _ _ _ _ _ _ _ checked). Qed.
