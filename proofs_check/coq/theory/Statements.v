(** The theorems, each stated once.

    P is a finite weighted sample, V a class of predictions, g the teacher, f the truth, s the
    student; every logarithm is natural.  Each [Definition x : Prop] below is proved under the same
    name in another file; [Theorems.v] lists the proofs and what they rest on. *)
From Coq Require Import Reals.
From KLRegression Require Import Definitions.
Open Scope R_scope.

(** * The three-point identity *)

(** What the errors and the misfit leave over is linear in the truth. *)
Definition three_point_identity : Prop :=
  forall P f g s, probability P ->
  distribution P f -> distribution P g -> distribution P s ->
  finite P f g -> finite P f s -> finite P s g ->
  KL P f g - KL P f s - KL P s g = total P (fun i c => (f i c - s i c) * ln (s i c / g i c)).

Definition three_point_identity_generalised_KL : Prop :=
  forall P f g s, probability P ->
  nonnegative P f -> nonnegative P g -> nonnegative P s ->
  finite P f g -> finite P f s -> finite P s g ->
  generalised_KL P f g - generalised_KL P f s - generalised_KL P s g
  = total P (fun i c => (f i c - s i c) * ln (s i c / g i c)).

Definition three_point_identity_squared_error : Prop :=
  forall P f g s, probability P ->
  squared_error P f g - squared_error P f s - squared_error P s g
  = total P (fun i c => 2 * (f i c - s i c) * (s i c - g i c)).

Definition three_point_identity_bregman : Prop :=
  forall phi dphi P f g s, probability P ->
  bregman phi dphi P f g - bregman phi dphi P f s - bregman phi dphi P s g
  = total P (fun i c => (f i c - s i c) * (dphi (s i c) - dphi (g i c))).

(** * The gain theorem *)

(** The student beats its teacher by at least their disagreement: over a convex class that contains
    the truth, KL(f, s) + KL(s, g) <= KL(f, g).  Zeros are allowed everywhere; that the student's
    error is finite is part of the conclusion. *)
Definition gain_theorem : Prop :=
  forall P V f g s, probability P -> convex V -> of_distributions P V -> distribution P g ->
  left_student P V g s -> V f -> finite P f g ->
  finite P f s /\ KL P f s + KL P s g <= KL P f g.

Definition gain_theorem_generalised_KL : Prop :=
  forall P V f g s, probability P -> convex V -> (forall h, V h -> nonnegative P h) ->
  nonnegative P g -> V s -> finite P s g ->
  (forall h, V h -> finite P h g -> generalised_KL P s g <= generalised_KL P h g) ->
  V f -> finite P f g ->
  finite P f s /\ generalised_KL P f s + generalised_KL P s g <= generalised_KL P f g.

Definition gain_theorem_squared_error : Prop :=
  forall P V f g s, probability P -> convex V -> V s ->
  (forall h, V h -> squared_error P s g <= squared_error P h g) -> V f ->
  squared_error P f s + squared_error P s g <= squared_error P f g.

(** For any generator that is differentiable where the student is. *)
Definition gain_theorem_bregman : Prop :=
  forall phi dphi P V f g s, probability P -> convex V -> V s ->
  everywhere P (fun i c => derivable_pt_lim phi (s i c) (dphi (s i c))) ->
  (forall h, V h -> bregman phi dphi P s g <= bregman phi dphi P h g) -> V f ->
  bregman phi dphi P f s + bregman phi dphi P s g <= bregman phi dphi P f g.

(** Strictness: the student is strictly better than a teacher outside the class. *)
Definition strictness : Prop :=
  forall P V f g s, probability P -> convex V -> of_distributions P V -> distribution P g ->
  left_student P V g s -> V f -> finite P f g -> (forall h, V h -> ~ same P h g) ->
  KL P f s < KL P f g.

(** * The gain as a function of the truth *)

(** For any student, however trained, the gain is the truth's average of log(student/teacher). *)
Definition affine_gain : Prop :=
  forall P f g s, probability P -> nonnegative P f -> nonnegative P g -> nonnegative P s ->
  finite P f g -> finite P f s -> gain P f g s = log_ratio P f g s.

(** Over a hull it lies between its values at the models. *)
Definition gain_bracket : Prop :=
  forall P m models lo hi f g s, probability P ->
  (forall j, (j < m)%nat -> lo <= log_ratio P (models j) g s <= hi) ->
  nonnegative P f -> nonnegative P g -> nonnegative P s -> finite P f g -> finite P f s ->
  hull P m models f -> lo <= gain P f g s <= hi.

(** * The universal certificate *)

(** Any prediction s, in the class or not, with optimality gap at most [gap]: the gain theorem holds
    up to the gap for every truth in the class at once. *)
Definition universal_certificate : Prop :=
  forall P V f g s gap, probability P -> of_distributions P V ->
  distribution P g -> distribution P s -> finite P s g ->
  gap_at_most P V g s gap -> V f -> finite P f g ->
  KL P f s + KL P s g <= KL P f g + gap.

(** On a hull, the gap is decided at the models. *)
Definition gap_of_a_hull : Prop :=
  forall P m models g s gap, probability P ->
  (forall j, (j < m)%nat -> distribution P (models j)) ->
  (forall j, (j < m)%nat -> finite P (models j) g ->
     finite P (models j) s /\ KL P s g - log_ratio P (models j) g s <= gap) ->
  gap_at_most P (hull P m models) g s gap.

(** * The ball about the true student *)

(** The computed student t is within the gap of the true student s, in both orders of KL together,
    hence within sqrt(gap) in E sum_c |t - s|; and its misfit exceeds the least one by at most the
    gap. *)
Definition ball_about_the_true_student : Prop :=
  forall P V g s t gap, probability P -> convex V -> of_distributions P V -> distribution P g ->
  left_student P V g s -> V t -> finite P t g -> gap_at_most P V g t gap ->
  KL P t s + KL P s t <= gap /\
  distance P t s <= sqrt gap /\
  KL P t g - gap <= KL P s g <= KL P t g.

(** The true student's error lies within a known radius of the computed one's, for every truth with
    finite error: x bounds |log(t/s)|, by way of the gap at the smallest entries. *)
Definition error_of_the_true_student : Prop :=
  forall P V f g s t gap x, probability P -> convex V -> of_distributions P V -> distribution P g ->
  left_student P V g s -> V t -> finite P t g -> gap_at_most P V g t gap ->
  distribution P f -> finite P f t -> 0 < x <= 1 ->
  everywhere P (fun i c => 0 < t i c -> gap <= weight P i * t i c * (x ^ 2 * (1 - x / 2))) ->
  let radius := sqrt (chi_squared P f t * (gap / (1 - x / 2))) in
  - radius <= KL P f s - KL P f t <= radius + gap.

(** * A truth outside the class, and bounds from above *)

(** Any student: the gain is at most log E sum_c f s/g. *)
Definition gain_by_jensen : Prop :=
  forall P f g s, probability P -> distribution P f -> distribution P g -> distribution P s ->
  finite P f g -> finite P f s ->
  gain P f g s <= ln (total P (fun i c => f i c * (s i c / g i c))).

(** lo <= log(s/g) <= hi at each point; [oscillation] is E (hi - lo) TV(f, h). *)
Definition oscillation (P : sample) (lo hi : nat -> R) (f h : prediction) :=
  E P (fun i => (hi i - lo i) * (sum (classes P) (fun c => Rabs (f i c - h i c)) / 2)).

(** A truth f outside the class costs at most oscillation times distance to a member h. *)
Definition truth_outside_the_class : Prop :=
  forall P V f g h s gap lo hi, probability P -> of_distributions P V ->
  distribution P f -> distribution P g -> distribution P s ->
  finite P s g -> finite P f g -> finite P f s -> finite P h g ->
  everywhere P (fun i c => lo i <= ln (s i c / g i c) <= hi i) ->
  gap_at_most P V g s gap -> V h ->
  KL P f s + KL P s g <= KL P f g + gap + oscillation P lo hi f h.

(** A gain below misfit minus gap puts the truth at a distance from every member h. *)
Definition distance_of_the_truth : Prop :=
  forall P V f g h s gap lo hi R, probability P -> of_distributions P V ->
  distribution P f -> distribution P g -> distribution P s ->
  finite P s g -> finite P f g -> finite P f s -> finite P h g ->
  everywhere P (fun i c => lo i <= ln (s i c / g i c) <= hi i) ->
  (forall i, (i < points P)%nat -> hi i - lo i <= R) ->
  gap_at_most P V g s gap -> V h ->
  KL P s g - gap - gain P f g s <= R * (distance P f h / 2).

(** The gain exceeds the misfit by at most oscillation times distance of truth and student. *)
Definition gain_from_above : Prop :=
  forall P f g s lo hi, probability P ->
  distribution P f -> distribution P g -> distribution P s ->
  finite P f g -> finite P f s -> finite P s g ->
  everywhere P (fun i c => lo i <= ln (s i c / g i c) <= hi i) ->
  gain P f g s <= KL P s g + oscillation P lo hi f s.

(** * Students on the right *)

(** Four points: the truth's average of teacher/student is at most 1. *)
Definition four_points : Prop :=
  forall P V f g s, probability P -> convex V -> of_distributions P V -> distribution P g ->
  right_student P V g s -> V f -> total P (fun i c => f i c * (g i c / s i c)) <= 1.

(** The student is no worse than its teacher. *)
Definition right_gain : Prop :=
  forall P V f g s, probability P -> convex V -> of_distributions P V -> distribution P g ->
  right_student P V g s -> V f -> finite P f g -> finite P f s /\ KL P f s <= KL P f g.

(** Non-realizable, without constants: for every target q and every f in the class. *)
Definition right_truth_outside_the_class : Prop :=
  forall P V f g q s, probability P -> convex V -> of_distributions P V -> distribution P g ->
  right_student P V g s -> V f -> distribution P q -> finite P q g -> finite P q f ->
  finite P q s /\ KL P q s <= KL P q g + KL P q f.

(** The gain, exactly: for any student, with m = E sum_c f g/s, it is -log m + KL(f, f g/(s m)). *)
Definition right_exact_gain : Prop :=
  forall P f g s, probability P -> distribution P f -> distribution P g -> distribution P s ->
  finite P f g -> finite P f s ->
  let m := total P (fun i c => f i c * (g i c / s i c)) in
  gain P f g s = - ln m + KL P f (fun i c => f i c * (g i c / s i c) / m).

(** For any student the gain is at least -2 log E sum_c f sqrt(g/s). *)
Definition right_gain_by_roots : Prop :=
  forall P f g s, probability P -> distribution P f -> distribution P g -> distribution P s ->
  finite P f g -> finite P f s ->
  -2 * ln (total P (fun i c => f i c * sqrt (g i c / s i c))) <= gain P f g s.

(** * Divergences and distances *)

(** Pinsker. *)
Definition pinsker : Prop :=
  forall P f g, probability P -> distribution P f -> distribution P g -> finite P f g ->
  distance P f g <= sqrt (2 * KL P f g).

(** Bretagnolle and Huber; [distance] is twice the total variation. *)
Definition bretagnolle_huber : Prop :=
  forall P f g, probability P -> distribution P f -> distribution P g -> finite P f g ->
  distance P f g <= 2 * sqrt (1 - exp (- KL P f g)).

(** * Risk bounds for any student *)

(** The student's risk is pinned near the teacher's by their divergence, in either order; gamma
    bounds their entries from below where the truth has mass.  C1 = sqrt(2 (1 - gamma) / gamma). *)
Definition risk_bound : Prop :=
  forall P f g s gamma, probability P ->
  distribution P f -> distribution P g -> distribution P s -> 0 < gamma ->
  everywhere P (fun i c => 0 < f i c -> gamma <= g i c /\ gamma <= s i c) ->
  (finite P g s ->
     Rabs (KL P f g - KL P f s) <= sqrt (2 * (1 - gamma) / gamma) * sqrt (KL P g s)) /\
  (finite P s g ->
     Rabs (KL P f g - KL P f s) <= sqrt (2 * (1 - gamma) / gamma) * sqrt (KL P s g)).

(** The textbook constant, from Pinsker's inequality, is never smaller. *)
Definition risk_bound_by_pinsker : Prop :=
  forall P f g s gamma, probability P ->
  distribution P f -> distribution P g -> distribution P s -> 0 < gamma ->
  everywhere P (fun i c => 0 < f i c -> gamma <= g i c /\ gamma <= s i c) ->
  finite P g s -> Rabs (KL P f g - KL P f s) <= / gamma * sqrt (KL P g s / 2).

(** * Calibration *)

(** The calibration error of F for label probabilities y when, for each class c, the points i are
    put into cells [cell i c], which do not depend on the model: sum_c E |E[F_c - y_c | cell_c]|. *)
Definition calibration_error (P : sample) (cells : nat) (cell : nat -> nat -> nat) (y F : prediction) :=
  sum cells (fun b => sum (classes P) (fun c =>
    Rabs (E P (fun i => if Nat.eqb (cell i c) b then F i c - y i c else 0)))).

(** Teacher's and student's calibration errors differ by no more than their divergence allows. *)
Definition calibration_given_cells : Prop :=
  forall P cells cell y g s, probability P ->
  (forall i c, (i < points P)%nat -> (cell i c < cells)%nat) ->
  distribution P g -> distribution P s -> finite P g s ->
  let difference := Rabs (calibration_error P cells cell y g - calibration_error P cells cell y s) in
  difference <= 2 * sqrt (1 - exp (- KL P g s)) /\ difference <= sqrt (2 * KL P g s).

(** The calibration error with each model conditioned on its own score: points belong together
    when the model gives the class the same score. *)
Definition own_score_calibration_error (P : sample) (y F : prediction) :=
  let alike i j c := if Req_EM_T (F j c) (F i c) then 1 else 0 in
  total P (fun i c => Rabs (E P (fun j => alike i j c * (F j c - y j c))) / E P (fun j => alike i j c)).

(** So conditioned, the errors are pinned when both models' scores group the points alike. *)
Definition calibration_given_alike_scores : Prop :=
  forall P y g s, probability P -> distribution P g -> distribution P s -> finite P g s ->
  (forall i j c, (i < points P)%nat -> (j < points P)%nat -> (c < classes P)%nat ->
     g j c = g i c <-> s j c = s i c) ->
  let difference := Rabs (own_score_calibration_error P y g - own_score_calibration_error P y s) in
  difference <= 2 * sqrt (1 - exp (- KL P g s)) /\ difference <= sqrt (2 * KL P g s).

(** * Existence *)

(** A hull with a model at finite divergence from the teacher has a student. *)
Definition existence_on_a_hull : Prop :=
  forall P m models g, probability P -> (forall j, (j < m)%nat -> distribution P (models j)) ->
  distribution P g -> (exists j, (j < m)%nat /\ finite P (models j) g) ->
  exists s, left_student P (hull P m models) g s.

(** * What is false *)

(** Without convexity the gain theorem fails. *)
Definition gain_theorem_needs_convexity : Prop :=
  exists P V f g s, probability P /\ of_distributions P V /\ distribution P g /\
  left_student P V g s /\ V f /\ finite P f g /\ finite P f s /\
  KL P f g < KL P f s + KL P s g.

(** For a truth outside the class the student can be worse than its teacher. *)
Definition gain_theorem_needs_a_realizable_truth : Prop :=
  exists P V f g s, probability P /\ convex V /\ of_distributions P V /\ distribution P g /\
  left_student P V g s /\ distribution P f /\ finite P f g /\ finite P f s /\ KL P f g < KL P f s.

(** On the right no positive multiple of the misfit, in either order, bounds the gain from below:
    the gain can be 0 and the misfit positive. *)
Definition right_gain_can_be_zero : Prop :=
  exists P V f g s, probability P /\ convex V /\ of_distributions P V /\ distribution P g /\
  right_student P V g s /\ V f /\ finite P f g /\ finite P f s /\ finite P s g /\
  gain P f g s = 0 /\ 0 < KL P s g /\ 0 < KL P g s.

(** On the right there is no Pythagorean inequality in the risk KL(., f) either. *)
Definition right_has_no_pythagorean_inequality : Prop :=
  exists P V f g s, probability P /\ convex V /\ of_distributions P V /\ distribution P g /\
  right_student P V g s /\ V f /\ finite P g f /\ finite P g s /\ finite P s f /\
  KL P g f < KL P g s + KL P s f.

(** With each model conditioned on its own score, the calibration bound fails. *)
Definition own_score_calibration_is_not_pinned : Prop :=
  exists P y g s, probability P /\ distribution P y /\ distribution P g /\ distribution P s /\
  finite P g s /\
  2 * sqrt (1 - exp (- KL P g s)) <
  Rabs (own_score_calibration_error P y g - own_score_calibration_error P y s).
