(** Certificate klc1-9fcc74e0e78f, theorem KL-HULL/1, as a Coq theorem.

    SHA-256 9fcc74e0e78ffb176ddd70a951ffd5ae33da0733f9e14e87d237d2d3b3905e1d.
    Made by python -m proofs_check.coq; the words are those of Definitions.v. *)
From Coq Require Import Reals ZArith List.
From KLRegression Require Import Definitions Instance Checker Certified.
Import ListNotations.
Open Scope R_scope.

(** A row x of integers means x / sum x: a point's weight, the teacher's row, the models'
    rows, the rows of truths that are no mixtures. *)
Definition points : list point := [
  Point 1 [0; 1; 1]
    [[0; 3; 3]; [0; 1; 5]; [2; 2; 2]]
    [];
  Point 1 [3; 1; 1]
    [[2; 2; 2]; [1; 1; 4]; [1; 4; 1]]
    []
]%Z.
Definition student_weights : list Z := [485667223056432267729865476705879726660601709763034880312953102434726071301302124544; 0; 0]%Z.

Definition sample := sample_of 3 points.
Definition teacher := teacher_of points.
Definition model := model_of points.
Definition computed := mixture_of 3 points student_weights.
Definition truth_f_weights : list Z := [1; 1; 0]%Z.
Definition truth_f := mixture_of 3 points truth_f_weights.
Definition truths : list given := [Mixture truth_f_weights].

(** The claims, for the checker. *)
Definition facts : list claim := [
  Between (Decimal 17584854084614373929645407032469663503107742301 47) [Term true (Truth 0) Teacher] (Decimal 17584854084614373929645407032469663503107742304 47);
  Gap (Decimal 15 104);
  GreatestGain (Decimal 16386178782731953398648661174162049205176451842 47);
  LeastGain (Decimal 72310763771643726370216175331410016664473638584 48)
]%Z.
Definition student_facts : list claim := [
  Between (Decimal 57762265046662109118102676788181380672958344529 48) [Term true (Truth 0) Student] (Decimal 57762265046662109118102676788181380672958344532 48);
  Between (Decimal 11808627579948163017835139353651525435811907848 47) [Term true (Truth 0) Teacher; Term false (Truth 0) Student] (Decimal 11808627579948163017835139353651525435811907851 47);
  Between (Decimal 45775512027837903808135218205105237693645439908 48) [Term true (Truth 0) Teacher; Term false (Truth 0) Student; Term false Student Teacher] (Decimal 45775512027837903808135218205105237693645439911 48);
  Between (Decimal 72310763771643726370216175331410016664473638584 48) [Term true Student Teacher] (Decimal 72310763771643726370216175331410016664473638587 48);
  Ball (Decimal 15 104);
  Radius (Decimal 39 53)
]%Z.

Lemma checked : check 415 64 (Decimal 75 105) 3 3 points
  student_weights truths facts student_facts = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem klc1_9fcc74e0e78f :
  (** About every mixture f of the models whose error is finite, and about the truths. *)
  ((finite sample truth_f teacher /\
    17584854084614373929645407032469663503107742301 / 10 ^ 47 <= KL sample truth_f teacher <= 17584854084614373929645407032469663503107742304 / 10 ^ 47) /\
  (forall f, hull sample 3 model f -> finite sample f teacher ->
    finite sample f computed /\
    KL sample f computed + KL sample computed teacher <= KL sample f teacher + 15 / 10 ^ 104) /\
  (forall f, hull sample 3 model f -> finite sample f teacher ->
    KL sample f teacher - KL sample f computed <= 16386178782731953398648661174162049205176451842 / 10 ^ 47) /\
  (forall f, hull sample 3 model f -> finite sample f teacher ->
    72310763771643726370216175331410016664473638584 / 10 ^ 48 <= KL sample f teacher - KL sample f computed)) /\
  (** There is a true student, *)
  (exists s, left_student sample (hull sample 3 model) teacher s) /\
  (** and of every such s it is true that *)
  (forall s, left_student sample (hull sample 3 model) teacher s ->
    (finite sample truth_f s /\
      57762265046662109118102676788181380672958344529 / 10 ^ 48 <= KL sample truth_f s <= 57762265046662109118102676788181380672958344532 / 10 ^ 48) /\
    (finite sample truth_f teacher /\ finite sample truth_f s /\
      11808627579948163017835139353651525435811907848 / 10 ^ 47 <= KL sample truth_f teacher - KL sample truth_f s <= 11808627579948163017835139353651525435811907851 / 10 ^ 47) /\
    (finite sample truth_f teacher /\ finite sample truth_f s /\ finite sample s teacher /\
      45775512027837903808135218205105237693645439908 / 10 ^ 48 <= KL sample truth_f teacher - KL sample truth_f s - KL sample s teacher <= 45775512027837903808135218205105237693645439911 / 10 ^ 48) /\
    (finite sample s teacher /\
      72310763771643726370216175331410016664473638584 / 10 ^ 48 <= KL sample s teacher <= 72310763771643726370216175331410016664473638587 / 10 ^ 48) /\
    (KL sample computed s + KL sample s computed <= 15 / 10 ^ 104) /\
    (distance sample computed s <= 39 / 10 ^ 53)).
Proof. exact (certificate_sound _ _ _ _ _ _ _ _ _ _ checked). Qed.
