(** The executable checker of hull certificates, and what its claims mean.

    Data are integers; all arithmetic is with intervals of big integers; the answer is a boolean.
    [CheckerSound.v] proves that [true] implies [certified]. *)
From Coq Require Import Reals ZArith List Bool.
From KLRegression Require Import Definitions Intervals Instance.
Import ListNotations.
Open Scope R_scope.

(** A decimal number: mantissa / 10^digits. *)
Record decimal := Decimal { mantissa : Z; digits : nat }.
Definition number (x : decimal) : R := IZR (mantissa x) / 10 ^ digits x.

(** Who a divergence is about.  The student is the true one; the computed one is a mixture. *)
Inductive party := Teacher | Student | Computed | Truth (t : nat).

(** The gain theorem up to a gap, for every truth in the hull; the true student within the gap, and
    within a radius in E sum_c |computed - student|; bounds of the computed student's gain for every
    truth in the hull; a signed sum of divergences between two decimals. *)
Record term := Term { plus : bool; from : party; to : party }.
Inductive claim :=
  | Gap (hi : decimal)
  | Ball (hi : decimal)
  | Radius (hi : decimal)
  | LeastGain (lo : decimal)
  | GreatestGain (hi : decimal)
  | Between (lo : decimal) (terms : list term) (hi : decimal).

Fixpoint all_hold (l : list Prop) : Prop :=
  match l with [] => True | [A] => A | A :: l => A /\ all_hold l end.

(** ** What is claimed *)

Section Meaning.
Variables (k m : nat) (d : list point) (a : list Z) (truths : list given).
Let P := sample_of k d.
Let V := hull P m (model_of d).
Let teacher := teacher_of d.
Let computed := mixture_of m d a.

Definition prediction_of (s : prediction) (x : party) : prediction :=
  match x with
  | Teacher => teacher | Student => s | Computed => computed
  | Truth t => meaning m d (nth t truths TheTeacher)
  end.

Definition divergence_of (s : prediction) (t : term) : R :=
  KL P (prediction_of s (from t)) (prediction_of s (to t)).
Definition finite_term (s : prediction) (t : term) : Prop :=
  finite P (prediction_of s (from t)) (prediction_of s (to t)).

(** D1 - D2 + D3 ..., from the left. *)
Fixpoint add_terms (s : prediction) (acc : R) (terms : list term) : R :=
  match terms with
  | [] => acc
  | t :: l => add_terms s (if plus t then acc + divergence_of s t else acc - divergence_of s t) l
  end.
Definition signed_sum (s : prediction) (terms : list term) : R :=
  match terms with
  | [] => 0
  | t :: l => add_terms s (if plus t then divergence_of s t else - divergence_of s t) l
  end.

Definition claim_holds (s : prediction) (c : claim) : Prop :=
  match c with
  | Gap hi => forall f, V f -> finite P f teacher ->
      finite P f computed /\ KL P f computed + KL P computed teacher <= KL P f teacher + number hi
  | Ball hi => KL P computed s + KL P s computed <= number hi
  | Radius hi => distance P computed s <= number hi
  | LeastGain lo => forall f, V f -> finite P f teacher -> number lo <= KL P f teacher - KL P f computed
  | GreatestGain hi => forall f, V f -> finite P f teacher -> KL P f teacher - KL P f computed <= number hi
  | Between lo terms hi =>
      all_hold (map (finite_term s) terms ++ [number lo <= signed_sum s terms <= number hi])
  end.

(** The certificate as a proposition: the claims that do not mention the true student; that there is
    a true student; and the claims that mention it. *)
Definition certified (facts student_facts : list claim) : Prop :=
  all_hold (map (claim_holds computed) facts) /\
  (exists s, left_student P V teacher s) /\
  (forall s, left_student P V teacher s -> all_hold (map (claim_holds s) student_facts)).
End Meaning.

(** ** How it is checked *)

Section Checker.
Variables (p : F.precision) (k m : nat) (d : list point).

Definition is_zero (x : given) (q : point) (c : nat) : bool :=
  match x with
  | TheTeacher => nth c (teacher_row q) 0 =? 0
  | Model j => nth c (nth j (model_rows q) []) 0 =? 0
  | Table t => nth c (nth t (truth_rows q) []) 0 =? 0
  | Mixture a => forallb (fun j =>
      (nth j a 0 =? 0) || (nth c (nth j (model_rows q) []) 0 =? 0)) (seq 0 m)
  end%Z.

Definition finite_check (x y : given) : bool :=
  forallb (fun q => (point_weight q =? 0)%Z ||
    forallb (fun c => negb (is_zero y q c) || is_zero x q c) (seq 0 k)) d.

(** Enclosures of entries, of logarithms of ratios, and of their averages. *)
Definition row_interval (l : list Z) (c : nat) : I.type :=
  I.div p (I.fromZ p (nth c l 0%Z)) (I.fromZ p (sum_of l)).
Definition average (a : list Z) (X : nat -> I.type) : I.type :=
  I.div p (sum_interval p m (fun j => I.mul p (I.fromZ p (nth j a 0%Z)) (X j))) (I.fromZ p (sum_of a)).
Definition value (x : given) (q : point) (c : nat) : I.type :=
  match x with
  | TheTeacher => row_interval (teacher_row q) c
  | Model j => row_interval (nth j (model_rows q) []) c
  | Table t => row_interval (nth t (truth_rows q) []) c
  | Mixture a => average a (fun j => row_interval (nth j (model_rows q) []) c)
  end.
Definition log_interval (x y : given) (q : point) (c : nat) : I.type :=
  if is_zero x q c || is_zero y q c then I.fromZ p 0
  else I.ln p (I.div p (value x q c) (value y q c)).

Definition expectation {T} (weight : T -> Z) (A : T -> nat -> I.type) (l : list T) : I.type :=
  I.div p (sum_list p (fun x => I.mul p (I.fromZ p (weight x)) (sum_interval p k (A x))) l)
          (I.fromZ p (sum_of (map point_weight d))).

(** Logarithms are taken once and kept beside their points. *)
Definition with_logs (x y : given) : list (point * list I.type) :=
  map (fun q => (q, map (log_interval x y q) (seq 0 k))) d.
Definition average_log (v : given) (logs : list (point * list I.type)) : I.type :=
  expectation (fun ql => point_weight (fst ql))
    (fun ql c => I.mul p (value v (fst ql) c) (nth c (snd ql) (I.fromZ p 0))) logs.

Definition at_most (X : I.type) (hi : decimal) : bool :=
  nonnegative_interval (I.sub p (I.fromZ p (mantissa hi)) (I.mul p X (I.fromZ p (10 ^ Z.of_nat (digits hi))))).
Definition at_least (X : I.type) (lo : decimal) : bool :=
  nonnegative_interval (I.sub p (I.mul p X (I.fromZ p (10 ^ Z.of_nat (digits lo)))) (I.fromZ p (mantissa lo))).

(** T j encloses E sum_c v_j log(computed/teacher), the gain at the model j. *)
Variables (a : list Z) (T : list I.type) (gap : decimal).
Let gain_at j := nth j T (I.fromZ p 0).
Definition misfit : I.type := average a gain_at.
Definition live (j : nat) : bool := finite_check (Model j) TheTeacher.
Definition alone (j : nat) : bool := forallb (fun i => (i =? j)%nat || (nth i a 0 =? 0)%Z) (seq 0 m).
Definition gap_check : bool :=
  finite_check (Mixture a) TheTeacher && (0 <=? mantissa gap)%Z && existsb live (seq 0 m) &&
  forallb (fun j => negb (live j) ||
    (finite_check (Model j) (Mixture a) && (alone j || at_most (I.sub p misfit (gain_at j)) gap))) (seq 0 m).

Definition gap_interval : I.type :=
  I.div p (I.fromZ p (mantissa gap)) (I.fromZ p (10 ^ Z.of_nat (digits gap))).

(** The radius of the true student's error, with x = 2^-e of [error_of_the_true_student]. *)
Variable e : nat.
Let x2 := (2 ^ Z.of_nat (e + 1))%Z.
Definition contraction : I.type := I.div p (I.fromZ p (x2 - 1)) (I.fromZ p x2).
Definition small_check : bool :=
  let x := I.div p (I.fromZ p 1) (I.fromZ p (2 ^ Z.of_nat e)) in
  let bound := I.mul p (I.mul p x x) contraction in
  forallb (fun q => (point_weight q =? 0)%Z || forallb (fun c => is_zero (Mixture a) q c ||
    let w := I.div p (I.fromZ p (point_weight q)) (I.fromZ p (sum_of (map point_weight d))) in
    nonnegative_interval (I.sub p (I.mul p (I.mul p w (value (Mixture a) q c)) bound) gap_interval))
      (seq 0 k)) d.
Definition chi_interval (f : given) : I.type :=
  expectation point_weight (fun q c => if is_zero (Mixture a) q c then I.fromZ p 0 else
    let t := value (Mixture a) q c in
    let u := I.sub p (value f q c) t in I.div p (I.mul p u u) t) d.
Definition radius (f : given) : I.type :=
  I.sqrt p (I.mul p (chi_interval f) (I.div p gap_interval contraction)).

(** About a truth: enclosures of its error against the computed student, of the computed student's
    gain, and of the radius. *)
Record truth_facts := TruthFacts { error : I.type; gain_of : I.type; spread : I.type }.
Definition facts_about (logs : list (point * list I.type)) (f : given) : truth_facts :=
  TruthFacts (average_log f (with_logs f (Mixture a))) (average_log f logs) (radius f).

(** A quantity lies between some number of the first interval and some number of the second. *)
Variables (table : list truth_facts) (small : bool).
Definition bounds (t : term) : option (I.type * I.type) :=
  match from t, to t with
  | Computed, Teacher => Some (misfit, misfit)
  | Student, Teacher => Some (I.sub p misfit gap_interval, misfit)
  | Computed, Student | Student, Computed => Some (I.fromZ p 0, gap_interval)
  | Truth i, Computed =>
      option_map (fun f => (error f, error f)) (nth_error table i)
  | Truth i, Teacher =>
      option_map (fun f => let x := I.add p (error f) (gain_of f) in (x, x)) (nth_error table i)
  | Truth i, Student =>
      if small then option_map (fun f => (I.sub p (error f) (spread f),
                         I.add p (error f) (I.add p (spread f) gap_interval))) (nth_error table i)
      else None
  | _, _ => None
  end.

Fixpoint sum_bounds (acc : I.type * I.type) (terms : list term) : option (I.type * I.type) :=
  match terms with
  | [] => Some acc
  | t :: l => match bounds t with
      | None => None
      | Some (lo, hi) =>
          sum_bounds (if plus t then (I.add p (fst acc) lo, I.add p (snd acc) hi)
                      else (I.sub p (fst acc) hi, I.sub p (snd acc) lo)) l
      end
  end.

Definition mentions_student (c : claim) : bool :=
  let student x := match x with Student => true | _ => false end in
  match c with
  | Ball _ | Radius _ => true
  | Gap _ | LeastGain _ | GreatestGain _ => false
  | Between _ terms _ => existsb (fun t => student (from t) || student (to t)) terms
  end.

(** The gap itself, in exact integers. *)
Definition gap_at_most_decimal (hi : decimal) : bool :=
  (mantissa gap * 10 ^ Z.of_nat (digits hi) <=? mantissa hi * 10 ^ Z.of_nat (digits gap))%Z.

Definition claim_check (c : claim) : bool :=
  match c with
  | Gap hi | Ball hi => gap_at_most_decimal hi
  | Between lo terms hi =>
      match sum_bounds (I.fromZ p 0, I.fromZ p 0) terms with
      | Some (l, h) => at_least l lo && at_most h hi
      | None => false
      end
  | Radius hi => at_most (I.sqrt p gap_interval) hi
  | LeastGain lo => forallb (fun j => negb (live j) || at_least (gain_at j) lo) (seq 0 m)
  | GreatestGain hi => forallb (fun j => negb (live j) || at_most (gain_at j) hi) (seq 0 m)
  end.
End Checker.

(** The whole check.  The precision, the exponent e and the gap that the arithmetic works with are
    witnesses: what they are does not matter once the answer is [true]. *)
Definition check (bits : positive) (e : nat) (gap : decimal)
    (k m : nat) (d : list point) (a : list Z) (truths : list given) (facts student_facts : list claim) : bool :=
  let p := precision bits in
  well_formed k m d && row_formed m a && forallb (given_formed k m d) truths &&
  forallb (fun f => finite_check k m d f TheTeacher && finite_check k m d f (Mixture a)) truths &&
  let logs := with_logs p k m d (Mixture a) TheTeacher in
  let T := map (fun j => average_log p k m d (Model j) logs) (seq 0 m) in
  let table := map (facts_about p k m d a gap e logs) truths in
  let small := small_check p k m d a gap e in
  let holds := claim_check p k m d a T gap table small in
  gap_check p k m d a T gap &&
  forallb (fun c => negb (mentions_student c) && holds c) facts &&
  forallb holds student_facts.
