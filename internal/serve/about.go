package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"

	"gonum.org/v1/gonum/stat"

	"vae/internal/stats"
	"vae/internal/walk"
)

// runInfo is what the page knows of a run from the beginning.
type runInfo struct {
	Number     int          `json:"number"`
	Name       string       `json:"name"`
	Fault      string       `json:"fault,omitempty"` // why what is shown is not what lies there
	Digest     string       `json:"digest"`
	Program    string       `json:"program"`
	Kind       string       `json:"kind"`
	Likelihood string       `json:"likelihood"`
	Dataset    string       `json:"dataset"`
	Epoch      int          `json:"epoch"`
	Width      int          `json:"width"`
	Height     int          `json:"height"`
	Channels   int          `json:"channels"`
	Shown      string       `json:"shown"` // which images they are, such as "test images of mnist"
	Images     int          `json:"images"`
	Pixels     string       `json:"pixels"` // a digest of them, in their order; "" of a run that none can stand beside
	Latent     int          `json:"latent"`
	Variance   bool         `json:"variance"` // q(z|x) has one
	Classes    []string     `json:"classes"`  // of the labels; none without
	Model      []string     `json:"model"`    // classes of a conditional model
	Dark       bool         `json:"dark"`     // light drawings on dark, as digits are
	Scores     []string     `json:"scores"`
	Latents    []latentInfo `json:"latents"` // those that carry the most first
}

// latentInfo is what is known of a latent. What is not is null.
type latentInfo struct {
	Number    int        `json:"number"`
	KL        *float64   `json:"kl"`
	Mean      float64    `json:"mean"`
	SD        float64    `json:"sd"`
	Low       float64    `json:"low"`       // of its codes, the first percentile
	High      float64    `json:"high"`      // the last but one
	PriorSD   *float64   `json:"priorSD"`   // of a normal prior around 0
	Quantiles [5]float64 `json:"quantiles"` // of its codes, at latentPercent
}

// latentPercent are the percentiles of codes that mark a slider, and between lowPercent and highPercent it goes.
var latentPercent = [5]float64{5, 25, 50, 75, 95}

const (
	lowPercent  = 1
	highPercent = 99
)

// mostSorted bounds how many codes a page waits for to be sorted.
const mostSorted = 10_000

// evenly are k of the numbers below n, at most that many, at even distances: images lie in the order of their folders, and the first
// of them may be of one class.
func evenly(n, k int) []int {
	all := make([]int, k)
	for i := range all {
		all[i] = i * n / k
	}
	return all
}

// mostLatents bounds how many latents a page is told of.
const mostLatents = 256

func (r *opened) answerAbout(q *http.Request) (reply, error) {
	r.fresh(q.Context())
	info, err := r.about(q.Context())
	if err != nil {
		return reply{}, err
	}
	return jsonReply(info)
}

// about is what the page knows of all runs, which are the newest unless that takes too long.
func (s *Server) about(r *http.Request) (reply, error) {
	ctx, stop := context.WithTimeout(r.Context(), newestWithin)
	defer stop()
	all := []*runInfo{}
	for _, run := range s.runs {
		run.fresh(ctx)
		info, err := run.about(r.Context())
		if err != nil {
			return reply{}, err
		}
		all = append(all, info)
	}
	return jsonReply(map[string]any{"version": s.options.Version, "runs": all})
}

func (r *opened) about(ctx context.Context) (i *runInfo, err error) {
	r.mu.Lock()
	s, fault := r.current, r.fault
	r.mu.Unlock()
	m, saved, set := s.model, s.saved, s.split.Set
	shape := m.Shape()
	i = &runInfo{
		Number: r.number, Name: r.source.Name, Fault: fault, Digest: s.digest, Program: saved.Info.Program, Kind: string(saved.Config.Model.Kind),
		Likelihood: string(saved.Config.Model.Likelihood), Dataset: saved.Info.Dataset, Epoch: saved.Info.Epoch,
		Width: shape.Width, Height: shape.Height, Channels: shape.Channels, Shown: r.source.Shown, Images: s.split.Len(), Latent: m.Latent(), Variance: s.codes.Logvar != nil,
		Classes: []string{}, Model: append([]string{}, m.Classes()...), Dark: saved.Info.PixelMean < 0.5, Scores: s.scoreNames(),
	}
	if set.Labels != nil {
		i.Classes = set.Classes
	}
	if r.beside {
		if i.Pixels, err = r.pixels.get(ctx, r.ctx, s.digestOfPixels); err != nil {
			return nil, err
		}
	}
	i.Latents, err = s.ranked.get(ctx, s.ctx, s.latentInfos)
	return i, err
}

// latentInfos are what is known of the latents, those that carry the most first.
func (s *state) latentInfos(context.Context) (all []latentInfo, err error) {
	space, err := walk.NewSpace(s.model, s.saved.Latents)
	if err != nil {
		return nil, err
	}
	ranked, _ := space.Ranked()
	for _, l := range ranked[:min(len(ranked), mostLatents)] {
		all = append(all, latentOf(space, l, s.codes.Mu, s.model.Latent()))
	}
	return all, nil
}

// digestOfPixels tells whether two runs show the same images.
func (s *state) digestOfPixels(ctx context.Context) (string, error) {
	h := sha256.New()
	for i := range s.split.Len() {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		h.Write(s.pixels(i))
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// latentOf describes a latent, by what is known of the training images or else by the codes that are shown.
func latentOf(space *walk.Space, latent int, codes []float32, l int) latentInfo {
	info := latentInfo{Number: latent}
	axis := walk.Axis{Latent: latent}
	if kl, ok := space.KL(axis); ok {
		info.KL = &kl
	}
	if _, sd, ok := space.Prior(axis); ok && space.StandardNormal() {
		info.PriorSD = &sd
	}
	n := len(codes) / l
	own := make([]float64, n)
	for i := range own {
		own[i] = float64(codes[i*l+latent])
	}
	info.Mean, info.SD = stat.PopMeanStdDev(own, nil)
	q, ok := space.Quantiles(axis)
	if !ok {
		some := make([]float64, min(n, mostSorted))
		for k, i := range evenly(n, len(some)) {
			some[k] = own[i]
		}
		q = stats.QuantilesAt(slices.Concat([]float64{lowPercent}, latentPercent[:], []float64{highPercent}), some)
	}
	info.Low, info.High = q.At(lowPercent), q.At(highPercent)
	for i, percent := range latentPercent {
		info.Quantiles[i] = q.At(percent)
	}
	return info
}
