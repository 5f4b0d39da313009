package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
)

var mapped = config.Shape{Width: 5, Height: 4, Channels: 3}

// listed is a small model of lists of layers for maps.
func listed(t *testing.T, encoder, decoder string, change func(*config.Model)) *Model {
	t.Helper()
	c := config.Default().Model
	c.Latent, c.Encoder, c.Decoder, c.Activation, c.Beta = 2, encoder, decoder, "tanh", 0.75
	if change != nil {
		change(&c)
	}
	m, err := New(c, mapped, 3)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// lists are networks with layers of each sort.
var lists = map[string]struct {
	encoder, decoder string
	change           func(*config.Model)
	options          ObjectiveOptions
}{
	"convolutions":    {encoder: "conv:2:3:2:1,tanh,conv:3:2,silu,dense:4,tanh"},
	"ending as a map": {encoder: "conv:2:3:2:same,tanh", change: func(c *config.Model) { c.Likelihood, c.Sigma = "gaussian", 0.8 }},
	"residuals": {encoder: "conv:2:3:1:1,tanh,residual[tanh,conv:3:3:1:1,tanh,conv:2:1],residual[conv:3:3:2:1,tanh,conv:3:1|conv:3:1:2],tanh",
		decoder: "dense:8,tanh,reshape:2x2x2,convt:2:2:2:0:0-1,tanh,gated-conv:3:2:1:1,conv:out:2"},
	"normalized": {encoder: "conv:2:3:1:1,tanh,residual[conv:2:1,groupnorm:1,tanh],avgpool:2,dense:5,tanh",
		decoder: "dense:12,tanh,reshape:3x2x2,upsample:2,conv:out:2:1:0-1-0-0"},
	"autoencoder":          {encoder: "conv:2:3:2:1,tanh", change: func(c *config.Model) { c.Kind, c.Beta = "ae", 1 }},
	"labels":               {encoder: "conv:2:3:2:1,tanh", change: labeled},
	"labels behind pixels": {encoder: "dense:4,tanh", decoder: "convt:2:4,tanh,convt:out:2:1:1-0-0-0", change: labeled},
	"two levels":           {encoder: "conv:2:3:2:1,tanh", change: func(c *config.Model) { c.TopLatent, c.TopHidden = 2, []int{3} }},
	"draws": {encoder: "conv:2:3:2:1,tanh", change: func(c *config.Model) { c.Beta = 1 },
		options: ObjectiveOptions{ImportanceWeighted: true, Samples: 3}},
	"a map of latents": {encoder: "conv:3:3:2:1,tanh,latents:2:3", decoder: "conv:2:3:1:1,tanh,dense:out", change: func(c *config.Model) { c.Latent = 12 }},
	"a map of latents and labels": {encoder: "conv:3:3:2:1,tanh,latents:1", change: func(c *config.Model) {
		labeled(c)
		c.Latent = 6
	}},
	"a map of a code": {encoder: "conv:3:3:2:1,tanh,latents:1:3", change: func(c *config.Model) { c.Kind, c.Beta, c.Latent, c.CodeActivation = "ae", 1, 6, "tanh" }},
	"levels on a map": {encoder: "conv:3:3:2:1,tanh,latents:1:3", change: func(c *config.Model) { c.TopLatent, c.TopHidden, c.Latent = 2, []int{3}, 6 }},
	"a decoder alone": {decoder: "dense:6,tanh,reshape:3x2x1,convt:2:3:2:1:1-0,tanh,convt:out:3:1:1", change: func(c *config.Model) { c.Hidden = []int{4} }},
}

func labeled(c *config.Model) { c.Conditional, c.Classes = true, []string{"a", "b"} }

// Every gradient of networks of lists is that of differences, their parameters have names of
// their own, and their files are those of the same model.
func TestLists(t *testing.T) {
	for name, l := range lists {
		t.Run(name, func(t *testing.T) {
			m := listed(t, l.encoder, l.decoder, l.change)
			options := l.options
			options.Rows, options.Gradients = 4, true
			o := filled(t, m, options)
			copy(o.Weight, []float32{0.5, 0.125, 0, 0.25})
			runObjective(t, o)
			gradients := results(t, m, o)
			if len(gradients) != 3+len(m.Params()) {
				t.Errorf("two parameters of one name among %d", len(m.Params()))
			}
			for _, p := range m.Params() {
				checkGradientWithin(t, o, p, gradients["gradient of "+p.Name], 2e-3)
			}
			file := saved(m)
			file.Config.Data.ImageSize, file.Config.Data.Channels = "5x4", 3
			if restored, err := Restore(file); err != nil || len(restored.Params()) != len(m.Params()) {
				t.Errorf("restored with an error: %v", err)
			}
		})
	}
}

// Running moments are saved with a model, those within others too.
func TestListsSaveMoments(t *testing.T) {
	m := listed(t, "conv:2:3:2:1,bn,relu,residual[bn,relu,conv:2:1]", "dense:out", nil)
	var names []string
	for _, tensor := range m.Tensors() {
		if strings.Contains(tensor.Name, "running") {
			names = append(names, tensor.Name)
		}
	}
	if want := []string{"encoder.1.running_mean", "encoder.1.running_var", "encoder.3.body.0.running_mean", "encoder.3.body.0.running_var"}; !slices.Equal(names, want) {
		t.Errorf("saved %q, want %q", names, want)
	}
}

// A list of dense layers is the network of hidden layers, to the bit.
func TestListOfDenseLayersIsHidden(t *testing.T) {
	hidden := listed(t, "", "", func(c *config.Model) { c.Hidden = []int{5, 4} })
	list := listed(t, "dense:5,tanh,dense:4,tanh", "", nil)
	for i, p := range hidden.Params() {
		if q := list.Params()[i]; q.Name != p.Name || !slices.Equal(q.Shape, p.Shape) || !slices.Equal(q.Value, p.Value) {
			t.Errorf("%s%v is %s%v, or has other values", p.Name, p.Shape, q.Name, q.Shape)
		}
	}
	a, b := objective(t, hidden, 3, true), objective(t, list, 3, true)
	runObjective(t, a)
	runObjective(t, b)
	if a.Loss() != b.Loss() || a.Loss() == 0 {
		t.Errorf("loss %g and %g", a.Loss(), b.Loss())
	}
}

// Labels join an image as planes: the weights of a plane decide what a label does.
func TestLabelsArePlanes(t *testing.T) {
	m := listed(t, "conv:1:1", "dense:out", func(c *config.Model) { labeled(c); c.Latent = 1 })
	weight, bias, mu := m.Params()[0], m.Params()[1], m.Params()[2]
	if weight.Name != "encoder.0.weight" || !slices.Equal(weight.Shape, []int{1, 5, 1, 1}) || mu.Name != "fc_mu.weight" {
		t.Fatalf("%s%v, %s", weight.Name, weight.Shape, mu.Name)
	}
	copy(weight.Value, []float32{0, 0, 0, 2, 3})
	clear(bias.Value)
	for i := range mu.Value {
		mu.Value[i] = 1
	}
	clear(m.Params()[3].Value)
	e, err := m.NewEncoder(2)
	if err != nil {
		t.Fatal(err)
	}
	copy(e.Labels, []float32{1, 0, 0, 1})
	codes, _, err := e.Run()
	if err != nil || !slices.Equal(codes, []float32{2 * 20, 3 * 20}) {
		t.Errorf("codes %v, %v", codes, err)
	}
}

// A bias for each channel starts at the mean of the channel.
func TestSetOutputBiasOfChannels(t *testing.T) {
	m := listed(t, "conv:2:3:2:1,tanh", "", func(c *config.Model) { c.Likelihood = "gaussian" })
	means := make([]float64, mapped.Pixels())
	for i := range means {
		means[i] = []float64{0.1, 0.2, 0.3}[i%3] + []float64{0.05, -0.05}[i/3%2]
	}
	if err := m.SetOutputBias(means); err != nil {
		t.Fatal(err)
	}
	last := m.Params()[len(m.Params())-1]
	for i, v := range last.Value {
		if want := 0.1 * float64(i+1); len(last.Value) != 3 || !(math.Abs(float64(v)-want) < 1e-6) {
			t.Errorf("%s is %v", last.Name, last.Value)
		}
	}
	bounded := listed(t, "conv:2:3:2:1,tanh", "dense:out,sigmoid", func(c *config.Model) { c.Likelihood = "gaussian" })
	if err := bounded.SetOutputBias(means); err == nil || !strings.Contains(err.Error(), "starts the bias of the decoder's last layer at the mean image, and that has none") {
		t.Errorf("a bounded output: %v", err)
	}
}

// Lists that make no model are refused in a line that names the layer.
func TestListsThatMakeNoModel(t *testing.T) {
	encoder, decoder := config.Mention("model.encoder"), config.Mention("model.decoder")
	for want, lists := range map[string][2]string{
		encoder + `: layer 2 (conv:3:4): a map of 2x1 is smaller than the kernel of 4x4; the layers before give 2x1x2`:                             {"conv:2:3:2,conv:3:4", ""},
		decoder + `: layer 1 (dense:7): the list ends with 7 numbers, and the image needs 5x4x3, 60 numbers: end it with dense:out`:                {"", "dense:7"},
		decoder + `: layer 2 (sigmoid): the likelihood bernoulli has its parameters of the last layer as they are`:                                 {"", "dense:out,sigmoid"},
		encoder + `: layer 2 (avgpool:2): a map of 5x4 is not so many times larger than what it gives: the decoder must be given, with ` + decoder: {"conv:2:1,avgpool:2", ""},
		encoder + `: item 1, at column 1 (con): there is no layer "con"`:                                                                           {"con", ""},
		decoder + `: item 1, at column 1 (con): there is no layer "con"`:                                                                           {"", "con"},
		encoder + `: layer 2 (latents:2): gives 3x2x2, 12 latents, and the model has 20`:                                                           {"conv:2:3:2:1,latents:2", ""},
		decoder + `: layer 1 (latents:2): latents are what an encoder ends with`:                                                                   {"conv:2:3:2:1,latents:2", "latents:2"},
		"million parameters": {"3*dense:16000", ""},
	} {
		c := config.Default().Model
		c.Encoder, c.Decoder = lists[0], lists[1]
		if _, err := New(c, mapped, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", lists, err, want)
		}
	}
}
