package walk

import "vae/internal/model"

// Lower returns the points that are decoded for those of a path [N,L]: themselves, or of an
// uppermost level the means of p(z|z above), level by level down to the lowest.
func (s *Space) Lower(p Path) (Path, error) {
	if !s.top {
		return p, nil
	}
	for level := len(s.model.Levels()) - 2; level >= 0; level-- {
		below, err := below(s.model, level, p)
		if err != nil {
			return Path{}, err
		}
		p = below
	}
	return p, nil
}

// below is the path of the means of a level for a path of the level above it.
func below(m *model.Model, level int, p Path) (Path, error) {
	n := p.Len()
	d, err := m.NewPriorDecoder(level, min(n, decodeRows))
	if err != nil {
		return Path{}, err
	}
	lower := Path{Latent: m.Levels()[level].Latents}
	for first := 0; first < n; first += decodeRows {
		last := min(first+decodeRows, n)
		copy(d.Above, p.Z[first*p.Latent:last*p.Latent])
		mu, _, err := d.Run()
		if err != nil {
			return Path{}, err
		}
		lower.Z = append(lower.Z, mu[:(last-first)*lower.Latent]...)
	}
	return lower, nil
}
