(** The words of the theory, over a finite weighted sample.

    A sample has points i < [points P] with weights, and classes c < [classes P].  A prediction
    gives a real number at every point and class.  Points of weight 0 do not count.  Coq's [ln] and
    [/] are total functions, so that a divergence is written down without its hypotheses; that it is
    finite is always said: [finite P f g]. *)
From Coq Require Import Reals.
Open Scope R_scope.

Fixpoint sum (n : nat) (a : nat -> R) : R :=
  match n with O => 0 | S m => sum m a + a m end.

Record sample := Sample { points : nat; classes : nat; weight : nat -> R }.
Definition prediction := nat -> nat -> R.
Definition class := prediction -> Prop.

(** The weights are probabilities. *)
Definition probability (P : sample) :=
  (forall i, (i < points P)%nat -> 0 <= weight P i) /\ sum (points P) (weight P) = 1.

(** The expectation over the points, and the expectation of the sum over the classes. *)
Definition E (P : sample) (a : nat -> R) := sum (points P) (fun i => weight P i * a i).
Definition total (P : sample) (a : prediction) := E P (fun i => sum (classes P) (a i)).

(** At every class of every point that counts. *)
Definition everywhere (P : sample) (Q : nat -> nat -> Prop) :=
  forall i c, (i < points P)%nat -> (c < classes P)%nat -> 0 < weight P i -> Q i c.

Definition same (P : sample) (f h : prediction) := everywhere P (fun i c => f i c = h i c).
Definition nonnegative (P : sample) (f : prediction) := everywhere P (fun i c => 0 <= f i c).

(** Every row is a probability distribution over the classes. *)
Definition distribution (P : sample) (f : prediction) :=
  nonnegative P f /\
  forall i, (i < points P)%nat -> 0 < weight P i -> sum (classes P) (f i) = 1.

(** f vanishes where g does: the divergence of f from g is finite. *)
Definition finite (P : sample) (f g : prediction) := everywhere P (fun i c => g i c = 0 -> f i c = 0).

(** ** Divergences, always in argument order *)

Definition KL (P : sample) (f g : prediction) :=
  total P (fun i c => f i c * ln (f i c / g i c)).

(** For nonnegative outputs whose rows need not sum to 1. *)
Definition generalised_KL (P : sample) (f g : prediction) :=
  total P (fun i c => f i c * ln (f i c / g i c) - f i c + g i c).

Definition squared_error (P : sample) (f g : prediction) :=
  total P (fun i c => (f i c - g i c) ^ 2).

(** The Bregman divergence of a generator phi with derivative dphi. *)
Definition bregman (phi dphi : R -> R) (P : sample) (f g : prediction) :=
  total P (fun i c => phi (f i c) - phi (g i c) - dphi (g i c) * (f i c - g i c)).

(** E sum_c |f - g|, twice the expected total variation. *)
Definition distance (P : sample) (f g : prediction) := total P (fun i c => Rabs (f i c - g i c)).

(** E sum_c (f - g)^2 / g. *)
Definition chi_squared (P : sample) (f g : prediction) :=
  total P (fun i c => (f i c - g i c) ^ 2 / g i c).

(** ** Classes and students *)

Definition mix (t : R) (f h : prediction) : prediction := fun i c => (1 - t) * f i c + t * h i c.
Definition convex (V : class) := forall f h t, V f -> V h -> 0 <= t <= 1 -> V (mix t f h).
Definition of_distributions (P : sample) (V : class) := forall f, V f -> distribution P f.

(** Mixtures of m models. *)
Definition mixture (m : nat) (models : nat -> prediction) (a : nat -> R) : prediction :=
  fun i c => sum m (fun j => a j * models j i c).
Definition hull (P : sample) (m : nat) (models : nat -> prediction) : class := fun f =>
  exists a, (forall j, (j < m)%nat -> 0 <= a j) /\ sum m a = 1 /\ same P f (mixture m models a).

(** The student is the projection of the teacher on the class.  Left: KL(student, teacher) is
    least; right: KL(teacher, student) is least. *)
Definition left_student (P : sample) (V : class) (teacher s : prediction) :=
  V s /\ finite P s teacher /\
  forall h, V h -> finite P h teacher -> KL P s teacher <= KL P h teacher.
Definition right_student (P : sample) (V : class) (teacher s : prediction) :=
  V s /\ finite P teacher s /\
  forall h, V h -> finite P teacher h -> KL P teacher s <= KL P teacher h.

(** The gain at a truth: how much smaller the student's error is than the teacher's. *)
Definition gain (P : sample) (f teacher s : prediction) := KL P f teacher - KL P f s.

(** What every gain is linear in: E sum_c v log(s / teacher). *)
Definition log_ratio (P : sample) (v teacher s : prediction) :=
  total P (fun i c => v i c * ln (s i c / teacher i c)).

(** The optimality gap of any prediction s, bounded over a class. *)
Definition gap_at_most (P : sample) (V : class) (teacher s : prediction) (gap : R) :=
  forall v, V v -> finite P v teacher ->
  finite P v s /\ KL P s teacher - log_ratio P v teacher s <= gap.
