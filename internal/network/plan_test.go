package network

import (
	"strings"
	"testing"
)

// shapes lists what a network gives, layer by layer, without activations.
func shapes(steps []Step) string {
	var all []string
	for _, s := range steps {
		if s.Layer.Kind != Activation && s.Layer.Kind != BatchNorm && s.Layer.Kind != GroupNorm {
			all = append(all, s.Out.Shape.String())
		}
	}
	return strings.Join(all, " ")
}

func parameters(steps []Step) (sum float64) {
	for _, s := range steps {
		sum += s.Parameters
	}
	return sum
}

// nets are encoders that are known from elsewhere, with the decoders that mirror them.
var nets = []struct {
	name       string
	image      Shape
	encoder    string
	shapes     string
	parameters float64 // counted by PyTorch
	decoder    string
	decoded    string
	ofDecoder  float64 // from 10 latents
}{
	{
		name: "Burgess", image: Shape{32, 32, 1}, encoder: "3*[conv:32:4:2:1,relu],2*[dense:256,relu]",
		shapes: "16x16x32 8x8x32 4x4x32 512x1x1 256x1x1 256x1x1", parameters: 544 + 2*16416 + 131328 + 65792,
		decoder: "dense:256,relu,dense:256,relu,dense:512,relu,reshape:4x4x32,convt:32:4:2:1,relu,convt:32:4:2:1,relu,convt:out:4:2:1",
		decoded: "256x1x1 256x1x1 512x1x1 4x4x32 8x8x32 16x16x32 32x32x1", ofDecoder: 2816 + 65792 + 131584 + 2*16416 + 513,
	},
	{
		name: "Keras", image: Shape{28, 28, 1}, encoder: "conv:32:3:2:same,relu,conv:64:3:2:same,relu,dense:16,relu",
		shapes: "14x14x32 7x7x64 3136x1x1 16x1x1", parameters: 320 + 18496 + 50192,
		decoder: "dense:16,relu,dense:3136,relu,reshape:7x7x64,convt:32:3:2:same,relu,convt:out:3:2:same",
		decoded: "16x1x1 3136x1x1 7x7x64 14x14x32 28x28x1", ofDecoder: 176 + 53312 + 18464 + 289,
	},
	{
		name: "odd sizes", image: Shape{48, 33, 3}, encoder: "conv:8:4:2:1,relu,conv:16:4:2:1,relu",
		shapes: "24x16x8 12x8x16", parameters: 392 + 2064,
		decoder: "dense:1536,relu,reshape:12x8x16,convt:8:4:2:1,relu,convt:out:4:2:1:1-0",
		decoded: "1536x1x1 12x8x16 24x16x8 48x33x3", ofDecoder: 16896 + 2056 + 387,
	},
	{
		name: "odd width, same", image: Shape{5, 6, 1}, encoder: "conv:2:3:2:same", shapes: "3x3x2", parameters: 20,
		decoder: "dense:18,reshape:3x3x2,convt:out:3:2:0-1-1-1", decoded: "18x1x1 3x3x2 5x6x1", ofDecoder: 198 + 19,
	},
	{
		name: "BatchNorm", image: Shape{64, 64, 3}, encoder: "conv:32:3:2:1,bn,leaky-relu,conv:64:3:2:1,bn,leaky-relu",
		shapes: "32x32x32 16x16x64", parameters: 896 + 64 + 18496 + 128,
		decoder: "dense:16384,reshape:16x16x64,batchnorm,leaky-relu,convt:32:3:2:1:1,batchnorm,leaky-relu,convt:out:3:2:1:1",
		decoded: "16384x1x1 16x16x64 32x32x32 64x64x3", ofDecoder: 180224 + 128 + 18464 + 64 + 867,
	},
	{
		name: "residuals", image: Shape{32, 32, 3}, encoder: "conv:64:4:2:1,relu,conv:128:4:2:1,2*residual[relu,conv:32:3:1:1,relu,conv:128:1],relu",
		shapes: "16x16x64 8x8x128 8x8x128 8x8x128", parameters: 3136 + 131200 + 2*(36896+4224),
		decoder: "dense:8192,relu,reshape:8x8x128,2*residual[relu,conv:32:3:1:1,relu,conv:128:1],convt:64:4:2:1,relu,convt:out:4:2:1",
		decoded: "8192x1x1 8x8x128 8x8x128 8x8x128 16x16x64 32x32x3", ofDecoder: 90112 + 2*(36896+4224) + 131136 + 3075,
	},
	{
		name: "residual that halves", image: Shape{28, 28, 1}, encoder: "conv:16:3:1:1,relu,residual[conv:32:3:2:1,relu,conv:32:3:1:1|conv:32:1:2],relu",
		shapes: "28x28x16 14x14x32", parameters: 160 + 4640 + 9248 + 544,
		decoder: "dense:6272,relu,reshape:14x14x32,residual[conv:32:3:1:1,relu,convt:16:3:2:1:1|convt:16:1:2:0:1],relu,conv:out:3:1:1",
		decoded: "6272x1x1 14x14x32 28x28x16 28x28x1", ofDecoder: 68992 + 9248 + 4624 + 528 + 145,
	},
	{
		name: "residual that halves, activation first", image: Shape{8, 8, 1}, encoder: "conv:4:1,residual[bn,relu,conv:6:3:2:1,tanh,conv:6:1|avgpool:2,conv:6:1]",
		shapes: "8x8x4 4x4x6", parameters: 8 + 8 + 222 + 42 + 30,
		decoder: "dense:96,reshape:4x4x6,residual[tanh,conv:6:1,batchnorm,relu,convt:4:3:2:1:1|conv:4:1,upsample:2],conv:out:1",
		decoded: "96x1x1 4x4x6 8x8x4 8x8x1", ofDecoder: 1056 + 42 + 12 + 220 + 28 + 5,
	},
	{
		name: "residual that changes nothing", image: Shape{2, 2, 1}, encoder: "conv:3:1,residual[relu|bn,tanh]", shapes: "2x2x3 2x2x3", parameters: 6 + 6,
		decoder: "dense:12,reshape:2x2x3,residual[relu|batchnorm,tanh],conv:out:1", decoded: "12x1x1 2x2x3 2x2x3 2x2x1", ofDecoder: 132 + 6 + 4,
	},
	{
		name: "pools", image: Shape{8, 8, 1}, encoder: "conv:4:3:1:1,groupnorm:2,silu,avgpool:2,conv:8:3:1:1,silu",
		shapes: "8x8x4 4x4x4 4x4x8", parameters: 40 + 8 + 296,
		decoder: "dense:128,silu,reshape:4x4x8,conv:4:3:1:1,upsample:2,groupnorm:2,silu,conv:out:3:1:1",
		decoded: "128x1x1 4x4x8 4x4x4 8x8x4 8x8x1", ofDecoder: 1408 + 292 + 8 + 37,
	},
	{
		name: "fully connected", image: Shape{28, 28, 3}, encoder: "dense:400,relu,dense:200,relu", shapes: "400x1x1 200x1x1", parameters: 400*2353 + 80200,
		decoder: "dense:200,relu,dense:400,relu,dense:out", decoded: "200x1x1 400x1x1 28x28x3", ofDecoder: 2200 + 80400 + 2352*401,
	},
	{
		name: "VampPrior", image: Shape{28, 28, 1}, encoder: "2*gated-dense:300", shapes: "300x1x1 300x1x1", parameters: 2*235500 + 2*90300,
		decoder: "2*gated-dense:300,dense:out", decoded: "300x1x1 300x1x1 28x28x1", ofDecoder: 2*3300 + 2*90300 + 784*301,
	},
	{
		name: "gated convolutions", image: Shape{4, 4, 1}, encoder: "gated-conv:3:3:1:1,gated-dense:5", shapes: "4x4x3 48x1x1 5x1x1", parameters: 60 + 490,
		decoder: "gated-dense:5,gated-dense:48,reshape:4x4x3,conv:out:3:1:1", decoded: "5x1x1 48x1x1 4x4x3 4x4x1", ofDecoder: 2*55 + 2*288 + 28,
	},
	{
		name: "up and down", image: Shape{3, 3, 1}, encoder: "convt:2:3:2:1:1,upsample:2,flatten,reshape:12x12x2,dense:4", shapes: "6x6x2 12x12x2 288x1x1 12x12x2 288x1x1 4x1x1", parameters: 20 + 1156,
		decoder: "dense:4,dense:288,reshape:12x12x2,flatten,reshape:12x12x2,avgpool:2,conv:out:3:2:1",
		decoded: "4x1x1 288x1x1 12x12x2 288x1x1 12x12x2 6x6x2 3x3x1", ofDecoder: 44 + 1440 + 19,
	},
	{ // the parameters of latents are those of one of the two heads
		name: "a map of latents", image: Shape{8, 6, 3}, encoder: "conv:4:4:2:1,relu,residual[conv:4:1],silu,latents:2:3", shapes: "4x3x4 4x3x4 4x3x2", parameters: 196 + 20 + 74,
		decoder: "conv:4:3:1:1,silu,residual[conv:4:1],relu,convt:out:4:2:1", decoded: "4x3x4 4x3x4 8x6x3", ofDecoder: 76 + 20 + 195,
	},
	{
		name: "latents of plain numbers", image: Shape{4, 4, 1}, encoder: "dense:6,relu,latents:5", shapes: "6x1x1 1x1x6 1x1x5", parameters: 102 + 35,
		decoder: "conv:6:1,flatten,relu,dense:out", decoded: "1x1x6 6x1x1 4x4x1", ofDecoder: 36 + 112,
	},
	{name: "latents of pixels", image: Shape{4, 4, 2}, encoder: "latents:1:3", shapes: "4x4x1", parameters: 19, decoder: "conv:out:3:1:1", decoded: "4x4x2", ofDecoder: 20},
}

func TestPlanAndMirror(t *testing.T) {
	for _, n := range nets {
		steps, err := Plan(parsed(t, n.encoder), Image(n.image), nil)
		if err != nil {
			t.Errorf("%s: %v", n.name, err)
			continue
		}
		if got := shapes(steps); got != n.shapes || parameters(steps) != n.parameters {
			t.Errorf("%s: %s, %.0f parameters, want %s, %.0f", n.name, got, parameters(steps), n.shapes, n.parameters)
		}
		back, err := Mirror(steps)
		if err != nil || back.String() != parsed(t, n.decoder).String() {
			t.Errorf("%s: mirrored by\n%s, want\n%s, %v", n.name, back, n.decoder, err)
			continue
		}
		decoder, err := Plan(back, Codes(steps, 10, 0), &n.image)
		if err != nil {
			t.Errorf("%s: %v", n.name, err)
			continue
		}
		if got := shapes(decoder); got != n.decoded || parameters(decoder) != n.ofDecoder {
			t.Errorf("%s: the decoder %s, %.0f parameters, want %s, %.0f", n.name, got, parameters(decoder), n.decoded, n.ofDecoder)
		}
	}
}

// What is put between layers has a number of its own.
func TestPlanFillsIn(t *testing.T) {
	steps, err := Plan(parsed(t, "conv:2:4:2:1,dense:3,relu,convt:5:4"), Image(Shape{8, 6, 1}), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		text  string
		index int
		of    int
	}{{"conv:2:4:2:1", 0, 1}, {"dense:3", 1, 2}, {"dense:3", 2, 2}, {"relu", 3, 3}, {"convt:5:4", 4, 4}, {"convt:5:4", 5, 4}}
	for i, w := range want {
		if i >= len(steps) || steps[i].Text != w.text || steps[i].Index != w.index || steps[i].Number != w.of {
			t.Errorf("step %d of %d: %+v, want %+v", i, len(steps), steps[min(i, len(steps)-1)], w)
		}
	}
	if raw, err := Plan(parsed(t, "dense:3"), Image(Shape{8, 6, 3}), nil); err != nil || len(raw) != 1 {
		t.Errorf("a dense layer on pixels: %+v, %v", raw, err)
	}
	if flat, err := Plan(parsed(t, "flatten,dense:3"), Image(Shape{8, 6, 3}), nil); err != nil || len(flat) != 2 {
		t.Errorf("a dense layer on flattened pixels: %+v, %v", flat, err)
	}
}

// Lists that no images can go through are told where.
func TestPlanRefuses(t *testing.T) {
	image := Shape{28, 28, 1}
	for text, want := range map[string]string{
		"4*[conv:8:4:2:1,relu],conv:64:4:2": "layer 9 (conv:64:4:2): a map of 1x1 is smaller than the kernel of 4x4; the layers before give 14x14x8, 7x7x8, 3x3x8, 1x1x8",
		"conv:8:29":                         "layer 1 (conv:8:29): a map of 28x28 is smaller than the kernel of 29x29; what comes in is 28x28x1",
		"conv:8:40:1:2":                     "a map of 28x28, with its padding 32x32, is smaller than the kernel of 40x40",
		"conv:out:4":                        "layer 1 (conv:out:4): out stands for what the likelihood needs, in the last layer of a decoder",
		"dense:1000000":                     "layer 1 (dense:1000000): has 785 million parameters, beyond the limit of 268 million; what comes in is 28x28x1",
		"conv:1000000:1":                    "layer 1 (conv:1000000:1): a map of 28x28x1000000 is beyond the limit of 268 million numbers",
		"upsample:65536,upsample:65536":     "layer 1 (upsample:65536): a map of 1835008x1835008x1 is beyond the limit",
		"reshape:65536x65536x268435456":     "a map of 65536x65536x268435456 has 1152921504606846976 numbers, and 784 are there",
		"reshape:4x4x4":                     "layer 1 (reshape:4x4x4): a map of 4x4x4 has 64 numbers, and 784 are there; the layers before give 784",
		"flatten,flatten":                   "layer 2 (flatten): there is no map to flatten, but 784 numbers",
		"conv:6:3,groupnorm:4":              "layer 2 (groupnorm:4): 6 channels are not 4 groups of the same size",
		"dense:6,groupnorm:6":               "layer 2 (groupnorm:6): each group is one number, of which normalization leaves nothing: use fewer groups",
		"conv:1:1:1:0-0-65000-65000":        "layer 1 (conv:1:1:1:0-0-65000-65000): a map of 130028x28x1 is beyond the limit of 65536 pixels on a side",
		"conv:8:3:65536:65536":              "layer 1 (conv:8:3:65536:65536): a map of 131100x131100x1, its padding included, is beyond the limit of 268 million numbers",
		"avgpool:29":                        "layer 1 (avgpool:29): a map of 28x28 is smaller than the 29x29 that are averaged",
		"convt:3:3:2:0:2":                   "layer 1 (convt:3:3:2:0:2): an output padding of 2 must be below the stride of 2",
		"convt:3:3:1:20":                    "a map of 28x28 leaves nothing within the padding",
		"conv:3:1,residual[conv:4:1]":       "layer 2 (residual[conv:4:1]): its layers give 28x28x4, and what that is added to is 28x28x3: add a shortcut that gives the same, residual[...|conv:FILTERS:1:STRIDE]",
		"residual[conv:4:1|conv:5:1]":       "its layers give 28x28x4, and what that is added to is 28x28x5: change one of them",
		"residual[conv:4:1,conv:5:40]":      "layer 1 (residual[conv:4:1,conv:5:40]): layer 2 (conv:5:40): a map of 28x28 is smaller",
		"latents:4,relu":                    "layer 1 (latents:4): latents are what an encoder ends with: put nothing behind them",
		"conv:4:1,residual[latents:4]":      "layer 2 (residual[latents:4]): layer 1 (latents:4): latents are what an encoder ends with, and are for its last layer",
		"residual[relu|latents:1]":          "its shortcut, layer 1 (latents:1): latents are what an encoder ends with",
		"latents:1000000":                   "layer 1 (latents:1000000): a map of 28x28x1000000 is beyond the limit",
		"residual[conv:4:1|conv:5:40]":      "its shortcut, layer 1 (conv:5:40): a map of 28x28 is smaller",
	} {
		if _, err := Plan(parsed(t, text), Image(image), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestDecoderMustReachTheImage(t *testing.T) {
	image := Shape{28, 28, 3}
	for text, want := range map[string]string{
		"dense:out":                   "",
		"dense:2352":                  "",
		"reshape:1x1x20,convt:out:28": "",
		"convt:3:28":                  "",
		"dense:49,reshape:7x7x1,convt:8:4:2:1,convt:out:4:2:1,tanh": "",
		"convt:3:28,flatten,relu":                                   "layer 3 (relu): flatten puts the numbers of one channel behind those of another",
		"latents:3":                                                 "layer 1 (latents:3): latents are what an encoder ends with, and are for its last layer",
		"dense:784":                                                 "layer 1 (dense:784): the list ends with 784 numbers, and the image needs 28x28x3, 2352 numbers: end it with dense:out",
		"convt:8:7,relu,convt:out:4:2:1":                            "layer 3 (convt:out:4:2:1): the list ends with 14x14x3, and the image needs 28x28x3: change strides, paddings or the first map; the layers before give 1x1x20, 7x7x8, 14x14x3",
		"convt:1:28":                                                "layer 1 (convt:1:28): the list ends with 28x28x1, and the image needs 28x28x3: write out for the channels of the last layer with weights, such as convt:out:4:2:1",
		"convt:out:14,relu,convt:out:4:2:1":                         "layer 1 (convt:out:14): out stands for what the likelihood needs, and is for the last layer",
		"dense:out,residual[relu,dense:out]":                        "layer 1 (dense:out): out stands for what the likelihood needs, and is for the last layer",
	} {
		_, err := Plan(parsed(t, text), Flat(20), &image)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestMirrorRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"relu":                            "no layer has a shape of its own: the decoder must be given",
		"avgpool:2,conv:8:3":              "layer 1 (avgpool:2) is before the first with weights, which the decoder would end with",
		"bn,dense:3":                      "layer 1 (batchnorm) is before the first with weights, which the decoder would end with",
		"reshape:1x1x784,dense:3":         "layer 1 (reshape:1x1x784) is before the first with weights",
		"conv:8:2,avgpool:2":              "layer 2 (avgpool:2): a map of 27x27 is not so many times larger than what it gives: the decoder must be given",
		"2000*conv:8:3:1:1":               "its mirror has 2002 layers, more than 2000: the decoder must be given",
		"gated-conv:8:4:2:1,conv:8:4:2:1": "layer 2 (conv:8:4:2:1): there is no gated transposed convolution: the decoder must be given",
	} {
		steps, err := Plan(parsed(t, text), Image(Shape{28, 28, 1}), nil)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Mirror(steps); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %s", text, back, err, want)
		}
	}
}

func TestAutoFitsTheImage(t *testing.T) {
	for image, want := range map[Shape]string{
		{28, 28, 1}:   "conv:32:4:2:1,relu,conv:64:4:2:1,relu,dense:256,relu",
		{64, 64, 3}:   "conv:32:4:2:1,relu,conv:64:4:2:1,relu,conv:128:4:2:1,relu,conv:256:4:2:1,relu,dense:256,relu",
		{200, 90, 3}:  "conv:32:4:2:1,relu,conv:64:4:2:1,relu,conv:128:4:2:1,relu,conv:256:4:2:1,relu,dense:256,relu",
		{4, 300, 3}:   "dense:256,relu",
		{500, 500, 1}: "conv:32:4:2:1,relu,conv:64:4:2:1,relu,conv:128:4:2:1,relu,conv:256:4:2:1,relu,conv:256:4:2:1,relu,conv:256:4:2:1,relu,dense:256,relu",
	} {
		l := Auto(image, "relu")
		if l.String() != want {
			t.Errorf("%v: %s, want %s", image, l, want)
		}
		steps, err := Plan(l, Image(image), nil)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Mirror(steps)
		if err == nil {
			_, err = Plan(back, Flat(10), &image)
		}
		if err != nil {
			t.Errorf("%v: %v", image, err)
		}
	}
}
