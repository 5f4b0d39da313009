package causal

// calm codes whether a value of the first channel is 0 where all around it are: of a drawing, a scan or a picture of cells these are most, and few
// contexts tell as much as all would.
type calm struct {
	mixer *mixer
	begun uint64 // 1 and the line of the first value in this image that is not 0 where all around are; or 0
	reach uint64 // the highest column of one
}

// calmLogit is what is foretold at first, all terms together.
const calmLogit = -5 << weightBits

func newCalm() *calm {
	c := &calm{mixer: newMixer(2, 3, 12, 1, countEnd, 8000, 800)}
	for i := range c.mixer.terms.logits {
		for place := range c.mixer.terms.logits[i] {
			c.mixer.terms.logits[i][place] = calmLogit / 3
		}
	}
	return c
}

// begin forgets where things were in the image before.
func (c *calm) begin() { c.begun, c.reach = 0, 0 }

// isCalm tells whether all values around one are 0, and with them what any predictor says.
func (v *values) isCalm(s *site) bool {
	if s.channel > 0 {
		return false
	}
	p, at := v.planes[0].values, s.at
	if p[at-1] != 0 || p[at-2] != 0 {
		return false
	}
	up, further := p[at-v.stride-2:at-v.stride+3], p[at-2*v.stride-1:at-2*v.stride+2]
	return up[0]|up[1]|up[2]|up[3]|up[4]|further[0]|further[1]|further[2] == 0
}

func (v *values) codeCalm(s *site, known uint32, p *port) uint32 {
	c, m, place := v.calm, v.calm.mixer, v.place(s)
	m.places[0] = uint32(place<<1 | min(1, c.begun))
	m.places[1] = 1<<m.bits | uint32(c.begun<<5|place>>5)
	m.addeds = [added]uint32{uint32(place), uint32(place>>5 | c.begun<<5), uint32(place&31 | c.reach<<5)}
	bit := p.bit(flag(known != 0), m.predict(0))
	m.learn(bit)
	if bit == 0 {
		return 0
	}
	if c.begun == 0 {
		c.begun = 1 + place>>5
	}
	c.reach = max(c.reach, place&31)
	return v.codeAbove(s, v.sparseTerms(s), known, p)
}
