package causal

const (
	predictors     = 6
	adaptiveInputs = 7 + 2*5
)

// neighbors are values around one, by where they lie.
type neighbors struct{ w, n, nw, ne, ww, nn, nne int32 }

// minus is what they differ by from those of another channel.
func (a neighbors) minus(b neighbors) neighbors {
	return neighbors{a.w - b.w, a.n - b.n, a.nw - b.nw, a.ne - b.ne, a.ww - b.ww, a.nn - b.nn, a.nne - b.nne}
}

// median is the predictor of LOCO-I (Weinberger, Seroussi, Sapiro 1996).
func (a neighbors) median() int32 {
	return clamp(a.w+a.n-a.nw, min(a.w, a.n), max(a.w, a.n))
}

// around are the neighbors of a place in a channel. Outside the image values are as the nearest known one.
func (v *values) around(channel int, s *site) (a neighbors) {
	p, at := v.planes[channel].values, s.at
	first, last := s.x == 0, s.x == v.shape.Width-1
	if s.y == 0 {
		if !first {
			a.w, a.ww = p[at-1], p[at-1-min(1, s.x-1)]
		}
		a.n, a.nw, a.ne, a.nn, a.nne = a.w, a.w, a.w, a.w, a.w
		return a
	}
	up := p[at-v.stride-2 : at-v.stride+2]
	a = neighbors{p[at-1], up[2], up[1], up[3], p[at-2], up[2], up[3]}
	if s.y > 1 {
		a.nn, a.nne = p[at-2*v.stride], p[at-2*v.stride+1]
	}
	switch {
	case first:
		a.w, a.ww, a.nw = a.n, a.n, a.n
	case s.x == 1:
		a.ww = a.w
	}
	if last {
		a.ne, a.nne = a.n, a.nn
	}
	return a
}

// predict blends the predictors: each counts by the inverse square of its errors nearby, as in Seemann and Tischer,
// "Generalized locally adaptive DPCM" (1997).
func (v *values) predict(s *site) {
	s.near = v.around(s.channel, s)
	v.guess(s)
	p, sum, whole := &v.planes[s.channel], int64(0), int64(0)
	for k, guess := range s.guesses {
		e := p.errors[k]
		up := e[s.at-v.stride-1 : s.at-v.stride+2]
		penalty := int64(e[s.at-1]+e[s.at-2]+up[0]+up[1]+up[2]+e[s.at-2*v.stride])>>v.coarse + 32
		weight := (1<<34)/(penalty*penalty) + 1 // at most 2^24 + 1
		sum += int64(guess) * weight
		whole += weight
	}
	s.prediction = int32(sum / whole)
	s.energy = v.energy(s)
}

// guess has each predictor say its value. Behind the first channel they say what the value differs by from that of the channel
// before.
func (v *values) guess(s *site) {
	d, offset, other := s.near, int32(0), s.near.n+s.near.w-s.near.nw
	if s.channel > 0 {
		before := v.around(s.channel-1, s)
		d, offset, other = s.near.minus(before), v.planes[s.channel-1].values[s.at], s.near.median()
		s.guesses[0] = v.adaptive(s, before)
	} else {
		s.guesses[0] = v.adaptive(s, d)
	}
	for k, guess := range [...]int32{offset + d.median(), offset + d.w, offset + d.n, offset + d.w + (d.ne-d.nw)/2, other} {
		s.guesses[k+1] = v.within(guess * one)
	}
}

// adaptive is a weighted sum of the neighbors, and of the earlier channels here and around, all of them as differences from
// means.
func (v *values) adaptive(s *site, before neighbors) int32 {
	a, mean := s.near, (s.near.w+s.near.n)>>1
	inputs := append(s.inputs[:0], int64(a.w-mean), int64(a.n-mean), int64(a.nw-mean), int64(a.ne-mean), int64(a.ww-mean), int64(a.nn-mean), int64(a.nne-mean))
	if s.channel > 0 {
		inputs = before.append(inputs, v.planes[s.channel-1].values[s.at])
	}
	if s.channel > 1 {
		inputs = v.around(s.channel-2, s).append(inputs, v.planes[s.channel-2].values[s.at])
	}
	s.used = len(inputs)
	sum := int64(0)
	for i, x := range inputs {
		sum += x * v.planes[s.channel].weights[i]
	}
	return v.within(mean*one + int32(sum>>(weightBits-fractionBits)))
}

func (a neighbors) append(to []int64, here int32) []int64 {
	mean := (a.w + a.n) >> 1
	return append(to, int64(here-mean), int64(a.w-mean), int64(a.n-mean), int64(a.nw-mean), int64(a.ne-mean))
}

// adapt is a step of normalised least mean squares (Haykin, "Adaptive Filter Theory", chapter 6). Inputs are below 2^17 and
// weights at most 2^20 in size, so that a prediction's sum is below 2^42.
func (p *plane) adapt(s *site, x int32) {
	const pace = 250 // 0.06 in 2^-12
	inputs, norm := s.inputs[:s.used], int64(64)
	for _, u := range inputs {
		norm += u * u
	}
	step := int64(x*one-s.guesses[0]) * pace / norm
	for i, u := range inputs {
		p.weights[i] = max(-weightEnd, min(weightEnd, p.weights[i]+step*u))
	}
}
