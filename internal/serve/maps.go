package serve

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"vae/internal/embed"
	"vae/internal/knn"
)

// maps are those of a state that were asked for, by their names.
type maps struct {
	mu    sync.Mutex
	named map[string]*mapping
}

// mapping is a map that is made, or was.
type mapping struct {
	done  chan struct{}
	laid  *embed.Map // until done nil
	err   error
	ended time.Time

	mu    sync.Mutex
	stage event // how far it has come
}

// slow tells whether a map takes so long that nobody waits for it.
func slow(name string) bool { return name == "tsne" || name == "umap" }

// latentsOf are the two latents of a map such as "z:3,7".
func (s *state) latentsOf(name string) (across, up int, ok bool) {
	pair, ok := strings.CutPrefix(name, "z:")
	a, b, both := strings.Cut(pair, ",")
	across, e1 := strconv.Atoi(a)
	up, e2 := strconv.Atoi(b)
	l := s.model.Latent()
	return across, up, ok && both && e1 == nil && e2 == nil && min(across, up) >= 0 && max(across, up) < l && across != up
}

// known refuses the name of a map that there is not.
func (s *state) known(name string) error {
	_, _, latents := s.latentsOf(name)
	switch {
	case slow(name), name == "pca", latents, name == "lda" && s.split.Set.Labels != nil:
		return nil
	case name == "lda":
		return faultf(http.StatusBadRequest, "a map by lda needs labels, and these images have none")
	}
	return faultf(http.StatusBadRequest, "there is no map %.20q: pca, lda, tsne, umap, or two latents such as z:3,7", name)
}

// mapOf is a map, which is begun by the first who asks for it.
func (s *state) mapOf(name string) (*mapping, error) {
	if err := s.known(name); err != nil {
		return nil, err
	}
	s.maps.mu.Lock()
	defer s.maps.mu.Unlock()
	if m := s.maps.named[name]; m != nil && !m.failed(retryEvery) {
		return m, nil
	}
	if s.maps.named == nil {
		s.maps.named = map[string]*mapping{}
	}
	if len(s.maps.named) >= mostMaps { // of pairs of latents there are many
		for other := range s.maps.named {
			if strings.HasPrefix(other, "z:") {
				delete(s.maps.named, other)
				break
			}
		}
	}
	m := &mapping{done: make(chan struct{}), stage: event{Run: s.run.number, What: "map", Map: name, Stage: "begin"}}
	s.maps.named[name] = m
	go s.make(m, name)
	return m, nil
}

// failed tells whether a map could not be made, so long ago: it is made anew for who asks then, which a page that is told of the fault
// does at once.
func (m *mapping) failed(since time.Duration) bool {
	select {
	case <-m.done:
		return m.err != nil && time.Since(m.ended) >= since
	default:
		return false
	}
}

// mostMaps is how many maps are kept.
const mostMaps = 32

// make makes a map and tells of it.
func (s *state) make(m *mapping, name string) {
	tell := func(e event) {
		e.Run, e.What, e.Map = s.run.number, "map", name
		m.mu.Lock()
		m.stage = e
		m.mu.Unlock()
		if slow(name) {
			s.run.news.tell(e)
		}
	}
	var told time.Time
	m.laid, m.err = guarded(func() (*embed.Map, error) {
		return s.layOut(name, func(stage string, done, of int) {
			if now := time.Now(); now.Sub(told) > progressEvery { // small sets are soon done
				told = now
				tell(event{Stage: stage, Done: done, Of: of})
			}
		})
	})
	m.ended = time.Now()
	close(m.done)           // before it is told of: who hears asks at once
	if s.ctx.Err() != nil { // another model is shown by now
		return
	}
	if m.err != nil {
		tell(event{Text: m.err.Error()})
		return
	}
	tell(event{})
}

// progressEvery is how often pages hear how far a map has come.
const progressEvery = 100 * time.Millisecond

// layOut makes a map of the codes, or finds it again.
func (s *state) layOut(name string, progress embed.Progress) (*embed.Map, error) {
	x, l := s.codes.Mu, s.model.Latent()
	if across, up, ok := s.latentsOf(name); ok {
		m := &embed.Map{Places: make([]float32, 2*len(x)/l), KL: math.NaN()}
		for i := range len(x) / l {
			m.Places[2*i], m.Places[2*i+1] = x[i*l+across], x[i*l+up]
		}
		return m, nil
	}
	ctx := s.ctx
	if slow(name) && s.run.source.Kept != nil {
		if places := s.run.source.Kept(s.kept(name), len(x)/l); places != nil {
			return &embed.Map{Places: places, KL: math.NaN()}, nil
		}
	}
	m, err := s.method(name, progress).Map(ctx, x, l)
	if err == nil && slow(name) {
		s.run.keep(s, name, m.Places)
	}
	return m, err
}

// method makes maps of a name.
func (s *state) method(name string, progress embed.Progress) interface {
	Map(ctx context.Context, x []float32, l int) (*embed.Map, error)
} {
	switch name {
	case "tsne":
		return embed.TSNE{Perplexity: embed.DefaultPerplexity, Seed: 1, Progress: progress}
	case "umap":
		return embed.UMAP{Neighbors: embed.DefaultNeighbors, MinDist: embed.DefaultMinDist, Seed: 1, Progress: progress}
	case "lda":
		return embed.LDA{Labels: s.split.Labels()}
	}
	return embed.PCA{}
}

// ready is a map once it is made.
func (m *mapping) ready(ctx context.Context) (*embed.Map, error) {
	select {
	case <-m.done:
		if m.err != nil && !errors.Is(m.err, context.Canceled) {
			return nil, &fault{http.StatusUnprocessableEntity, m.err.Error()}
		}
		return m.laid, m.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// answerPoints gives the places [N,2] of a map, or how far it has come.
func (r *opened) answerPoints(q *http.Request) (reply, error) {
	s, name := r.now(), q.URL.Query().Get("map")
	m, err := s.mapOf(name)
	if err != nil {
		return reply{}, err
	}
	if slow(name) {
		select {
		case <-m.done:
		default:
			m.mu.Lock()
			defer m.mu.Unlock()
			return jsonReply(m.stage)
		}
	}
	laid, err := m.ready(q.Context())
	if err != nil {
		return reply{}, err
	}
	a, err := took(q.Context(), r.light, func() (reply, error) { return floatsReply(laid.Places) })
	a.tag = s.digest + "-" + name
	return a, err
}

// place is where codes [n,L] come to lie on a map that is made; nil where it is not yet.
func (s *state) place(ctx context.Context, name string, codes []float32) ([]float32, error) {
	l := s.model.Latent()
	if across, up, ok := s.latentsOf(name); ok {
		places := make([]float32, 0, 2*len(codes)/l)
		for i := range len(codes) / l {
			places = append(places, codes[i*l+across], codes[i*l+up])
		}
		return places, nil
	}
	m, err := s.mapOf(name)
	if err != nil {
		return nil, err
	}
	select {
	case <-m.done:
	default:
		if slow(name) {
			return nil, nil
		}
	}
	laid, err := m.ready(ctx)
	if err != nil {
		return nil, err
	}
	return took(ctx, s.run.light, func() ([]float32, error) { return laid.Place(ctx, s.codes.Mu, l, codes) })
}

// blended is how many codes a place of a map without directions is a blend of.
const blended = 10

// at moves z [L] to a place of a map: exactly where the map has directions, else it becomes the mean of
// the codes that lie nearest there, each with the inverse of its distance for a weight.
func (s *state) at(ctx context.Context, name string, z []float32, x, y float64) (exact bool, err error) {
	if across, up, ok := s.latentsOf(name); ok {
		z[across], z[up] = float32(x), float32(y)
		return true, nil
	}
	m, err := s.mapOf(name)
	if err != nil {
		return false, err
	}
	laid, err := m.ready(ctx)
	if err != nil || laid.Move(z, x, y) {
		return true, err
	}
	l, k := len(z), min(blended, len(laid.Places)/2)
	var index []int
	var distance []float64
	err = s.run.light.take(ctx, func() (err error) {
		index, distance, err = knn.Nearest(ctx, []float32{float32(x), float32(y)}, laid.Places, 2, k)
		return err
	})
	if err != nil {
		return false, err
	}
	clear(z)
	var total float64
	for i := range index {
		total += 1 / max(distance[i], 1e-9)
	}
	for i, row := range index {
		part := float32(1 / max(distance[i], 1e-9) / total)
		for j := range z {
			z[j] += part * s.codes.Mu[row*l+j]
		}
	}
	return false, nil
}
