package serve

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"vae/internal/config"
	"vae/internal/network"
)

// Still writes the page of a run as one file that needs no server: a map of the codes by PCA, and by t-SNE where withTSNE is
// true, the images, and the decoder in plain JavaScript with its weights. Errors: a likelihood whose mean the page cannot compute.
func Still(ctx context.Context, source Source, withTSNE bool, w io.Writer) error {
	r := newOpened(ctx, 0, source, newNews())
	if err := r.load(); err != nil {
		return err
	}
	s := r.now()
	defer s.end()
	data, err := s.still(ctx, withTSNE)
	if err != nil {
		return err
	}
	text, err := json.Marshal(data) // in which < is escaped
	if err != nil {
		return err
	}
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		return err
	}
	imports, err := importMap()
	if err != nil {
		return err
	}
	frame, err := files.ReadFile("page/still.html")
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		text []byte
	}{{"{{.Style}}", style}, {"{{.Imports}}", imports}, {"{{.Data}}", text}} {
		before, behind, ok := bytes.Cut(frame, []byte(part.name))
		if !ok {
			return fmt.Errorf("the page has no place for %s", part.name)
		}
		for _, text := range [][]byte{before, part.text} {
			if _, err := w.Write(text); err != nil {
				return err
			}
		}
		frame = behind
	}
	_, err = w.Write(frame)
	return err
}

// stillModules are the modules of that page.
var stillModules = []string{"colors", "decoder", "dom", "gestures", "latest", "legend", "pixels", "scatter", "sliders", "still"}

// importMap holds the modules themselves, for a page at file:// may load none.
func importMap() ([]byte, error) {
	imports := map[string]string{}
	for _, name := range stillModules {
		source, err := files.ReadFile(path.Join("page", name+".js"))
		if err != nil {
			return nil, err
		}
		text := string(source)
		for _, other := range stillModules {
			text = strings.ReplaceAll(text, "from './"+other+".js'", "from '"+other+"'")
		}
		imports[name] = "data:text/javascript;base64," + base64.StdEncoding.EncodeToString([]byte(text))
	}
	return json.Marshal(map[string]any{"imports": imports})
}

// stillData is what the page holds. Numbers are float32, in base64.
type stillData struct {
	Run     *runInfo          `json:"run"`
	Names   []string          `json:"names"`
	Codes   []byte            `json:"codes"`
	Labels  []byte            `json:"labels"`
	Thumbs  []byte            `json:"thumbs"`
	Maps    []stillMap        `json:"maps"`
	Decoder stillDecoder      `json:"decoder"`
	Tensors map[string][]byte `json:"tensors"`
}

type stillMap struct {
	Name       string      `json:"name"`
	Title      string      `json:"title"`
	Places     []byte      `json:"places"`
	Mean       []float64   `json:"mean,omitempty"` // of a map with directions, what lies at 0
	Directions [][]float64 `json:"directions,omitempty"`
}

// stillDecoder are the layers of a decoder, and the activation that makes the mean of their output.
type stillDecoder struct {
	Steps  []stillStep `json:"steps"`
	Mean   string      `json:"mean"`
	Places int         `json:"places"` // of a map of latents, 1 of plain ones
}

type stillShape struct {
	Width    int `json:"width"`
	Height   int `json:"height"`
	Channels int `json:"channels"`
}

// stillStep is a layer as decoder.js has it.
type stillStep struct {
	Kind     string      `json:"kind"`
	Of       string      `json:"of,omitempty"` // gated
	Index    int         `json:"index"`
	Act      string      `json:"act,omitempty"`
	In       stillShape  `json:"in"`
	Out      stillShape  `json:"out"`
	Kernel   int         `json:"kernel,omitempty"`
	Stride   int         `json:"stride,omitempty"`
	Top      int         `json:"top"`
	Left     int         `json:"left"`
	N        int         `json:"n,omitempty"`
	Groups   int         `json:"groups,omitempty"`
	Body     []stillStep `json:"body,omitempty"`
	Shortcut []stillStep `json:"shortcut,omitempty"`
}

func (s *state) still(ctx context.Context, withTSNE bool) (*stillData, error) {
	info, err := s.run.about(ctx)
	if err != nil {
		return nil, err
	}
	d := &stillData{Run: info, Codes: appendFloats(nil, s.codes.Mu), Tensors: map[string][]byte{}}
	labels, err := s.values(ctx, "label")
	if err != nil {
		return nil, err
	}
	for i := range s.split.Len() {
		d.Labels = appendFloats(d.Labels, []float32{labels(i)})
		d.Names = append(d.Names, s.name(i))
		d.Thumbs = append(d.Thumbs, s.pixels(i)...)
	}
	if d.Maps, err = s.stillMaps(withTSNE); err != nil {
		return nil, err
	}
	if d.Decoder, err = s.stillDecoder(); err != nil {
		return nil, err
	}
	for _, t := range s.model.Tensors() {
		if strings.HasPrefix(t.Name, "decoder.") {
			d.Tensors[t.Name] = appendFloats(nil, t.Data)
		}
	}
	return d, nil
}

// stillMaps are the maps of the page.
func (s *state) stillMaps(withTSNE bool) (all []stillMap, err error) {
	pca, err := s.layOut("pca", nil)
	if err != nil {
		return nil, err
	}
	of := stillMap{Name: "pca", Title: "PCA", Places: appendFloats(nil, pca.Places)}
	of.Mean, of.Directions = pca.Directions()
	all = append(all, of)
	if l := s.model.Latent(); l == 2 {
		all = append([]stillMap{{Name: "z", Title: "the two latents", Places: appendFloats(nil, s.codes.Mu), Mean: []float64{0, 0}, Directions: [][]float64{{1, 0}, {0, 1}}}}, all...)
	}
	if !withTSNE {
		return all, nil
	}
	tsne, err := s.layOut("tsne", nil)
	if err != nil {
		return nil, err
	}
	return append(all, stillMap{Name: "tsne", Title: "t-SNE", Places: appendFloats(nil, tsne.Places)}), nil
}

// stillMeans are the likelihoods whose mean is an activation of the decoder's output. That of a logistic is its clipped mean but
// for less than half a level.
var stillMeans = map[config.Likelihood]config.Activation{
	config.Bernoulli: config.Sigmoid, config.Gaussian: config.Linear, config.SquaredError: config.Linear, config.Logistic: config.Linear,
}

// stillDecoder writes the decoder down.
func (s *state) stillDecoder() (d stillDecoder, err error) {
	c, shape := s.model.Config(), s.model.Shape()
	form, err := config.ParseLikelihood(string(c.Likelihood))
	mean, ok := stillMeans[form.Kind]
	if err != nil || !ok || c.Kind == config.PCA {
		return d, fmt.Errorf("a page without a server decodes %s, %s, %s and %s, and this model is of %s: serve its page instead", config.Bernoulli, config.Gaussian, config.SquaredError, config.Logistic,
			s.saved.Config.Model.Likelihood)
	}
	encoder, list, err := c.Networks(shape)
	if err != nil {
		return d, err
	}
	if list == nil {
		if list, err = hiddenDecoder(c); err != nil {
			return d, err
		}
	}
	codes := network.Codes(encoder, c.Latent, len(c.Classes))
	out := s.model.Likelihood().Outputs(shape)
	steps, err := network.Plan(list, codes, &out)
	if err != nil {
		return d, err
	}
	d.Mean, d.Places = string(mean), 1
	if !codes.Flat {
		d.Places = codes.Width * codes.Height
	}
	d.Steps, err = stillSteps(steps)
	return d, err
}

// hiddenDecoder is the decoder of fully connected layers as a list.
func hiddenDecoder(c config.Model) (network.List, error) {
	var text strings.Builder
	for i := len(c.Hidden) - 1; i >= 0; i-- {
		fmt.Fprintf(&text, "dense:%d,%s,", c.Hidden[i], c.Activation)
	}
	return config.ParseNetwork(text.String() + "dense:out")
}

func stillSteps(steps []network.Step) (all []stillStep, err error) {
	for _, s := range steps {
		one := stillStep{Index: s.Index, In: stillShape(s.In.Shape), Out: stillShape(s.Out.Shape), Kernel: s.Layer.Window.Kernel, Stride: s.Layer.Window.Stride,
			Top: s.Layer.Window.Padding.Top, Left: s.Layer.Window.Padding.Left, Kind: string(s.Layer.Kind)}
		switch s.Layer.Kind {
		case network.Activation:
			one.Act = s.Layer.Name
		case network.GatedDense:
			one.Kind, one.Of = "gated", string(network.Dense)
		case network.GatedConv:
			one.Kind, one.Of = "gated", string(network.Conv)
		case network.GroupNorm:
			one.Groups = s.Layer.Units
		case network.AveragePool, network.Upsample:
			one.N = s.Layer.Units
		case network.Residual:
			if one.Body, err = stillSteps(s.Body); err != nil {
				return nil, err
			}
			if one.Shortcut, err = stillSteps(s.Shortcut); err != nil {
				return nil, err
			}
		case network.Latents:
			return nil, errors.New("a map of latents within a decoder")
		}
		all = append(all, one)
	}
	return all, nil
}
