package causal

// terms are logits, of each of several contexts one, that are added to a sum. They are learned as a logistic regression is, and so
// from fewer choices than counters of the same contexts: what one context tells, others need not tell again.
type terms struct {
	logits      [][1 << termBits]int32 // of each context, in 2^-weightBits
	first, last int64                  // their pace falls from first and last together to last, in 2^-16
	pace, seen  int64
}

const (
	termBits = 15
	slowing  = 10000 // half of first is gone after so many choices
	steady   = 64    // for so many choices the pace stays
)

func newTerms(contexts int, first, last int64) *terms {
	return &terms{logits: make([][1 << termBits]int32, contexts), first: first, last: last}
}

// sum is that of the terms at a place of each context, in the unit of a logit times a weight.
func (t *terms) sum(places []uint32) int64 {
	sum := int32(0) // of at most 2^20 each
	for i, place := range places {
		sum += t.logits[i][place%(1<<termBits)]
	}
	return int64(sum) << LogitBits
}

// move brings those that were summed along their gradient, which is the error of a probability in Precision bits.
func (t *terms) move(places []uint32, err int64) {
	if t.seen%steady == 0 {
		t.pace = t.last + t.first*slowing/(t.seen+slowing)
	}
	t.seen++
	step := int32((err*t.pace + 1<<15) >> 16)
	for i, place := range places {
		logit := &t.logits[i][place%(1<<termBits)]
		*logit = max(-weightEnd, min(weightEnd, *logit+step))
	}
}
