package config

import (
	"fmt"
	"path"
	"strconv"
	"unicode/utf8"

	"vae/internal/augment"
	"vae/internal/network"
)

// DataFacts are what only the data can tell.
type DataFacts struct {
	Name       string   // of the data, for messages
	Shape      Shape    // of each image
	Kept       Shape    // of images of which windows are trained on; zero without
	Train      int      // training images
	Validation int      // validation images
	Labeled    bool     // every image has a label
	Unlabeled  string   // an image that has none, by its path below the data; "" if that is not known
	Classes    []string // names of the labels
	Levels     int      // values that a pixel may have, evenly from black to white; 0 for any
	NoLevels   string   // what images of which Levels is 0 are, for messages: "of floating-point values, which have no levels"
}

// Resolved is a configuration in which nothing is left open, with what its texts say. It is made by Resolve and not
// changed.
type Resolved struct {
	Config     // as it is stored
	Shape      Shape
	Corruption Corruption      // of the encoder's input
	Sparsity   Sparsity        // of the code
	KLWarmup   KLWarmup        // of the weight of the KL term
	Schedule   Schedule        // of the learning rate
	Augment    augment.Recipe  // of training images
	Epsilon    float64         // of the optimizer
	Layers     []LayerTraining // pretraining of the encoder's layers, the code being the last; none without it
}

// LayerTraining is the pretraining of one layer.
type LayerTraining struct {
	Epochs     int
	Corruption Corruption // of its input
}

// Resolve settles what the kind of model decides and what the data do. Errors, of values that do not go with those: a
// *FieldError or a text with Mentions.
func (c Config) Resolve(f DataFacts) (Resolved, error) {
	c.detach()
	if c.Model.Kind == PCA {
		c.Model.Hidden, c.Model.Activation, c.Model.Likelihood, c.Train.Epochs = nil, Linear, SquaredError, 1
	}
	c.Data.ImageSize, c.Data.Channels = fmt.Sprintf("%dx%d", f.Shape.Width, f.Shape.Height), f.Shape.Channels
	if c.Data.Validation = f.Validation; f.Kept != (Shape{}) {
		c.Data.Crop = fmt.Sprintf("%dx%d", f.Kept.Width, f.Kept.Height)
	}
	for _, settle := range []func(*Config, DataFacts) error{settleClasses, settleLikelihood, checkComponents, settleNetworks, settled, settleBatch} {
		if err := settle(&c, f); err != nil {
			return Resolved{}, err
		}
	}
	return Resolved{
		Config: c, Shape: f.Shape, Epsilon: c.Train.epsilon(), Layers: c.layers(),
		Corruption: valid(ParseCorruption, c.Train.Corrupt), Sparsity: valid(ParseSparsity, c.Train.Sparsity),
		KLWarmup: valid(ParseKLWarmup, c.Train.KLWarmup), Schedule: valid(ParseSchedule, c.Train.Schedule),
		Augment: valid(augment.Parse, c.Data.Augment),
	}, nil
}

// settled checks what the data have brought, such as the names of folders.
func settled(c *Config, _ DataFacts) error { return c.Validate() }

// settleClasses finds the classes of a conditional model in the data.
func settleClasses(c *Config, f DataFacts) error {
	if !c.Model.Conditional {
		return nil
	}
	if !f.Labeled {
		without := f.Name + " has images without one"
		if f.Unlabeled != "" {
			folder, _ := path.Split(f.Name + "/" + f.Unlabeled)
			without += fmt.Sprintf(", such as %s in %s", path.Base(f.Unlabeled), folder)
		}
		return &Conflict{"model.conditional", "", "needs a label for every image, and " + without,
			"put them into a folder for each label, or leave out " + Mention("model.conditional")}
	}
	for _, class := range f.Classes {
		if !utf8.ValidString(class) {
			return fmt.Errorf("%s: the label %q is not in UTF-8: rename its folder", Mention("model.conditional"), class)
		}
	}
	c.Model.Classes = f.Classes
	return nil
}

// AutoNetwork, as Model.Encoder, is network.Auto; as Model.Decoder the encoder, mirrored, as nothing is.
const AutoNetwork = "auto"

// ParseNetwork reads a list of layers. The error is a *network.Error.
func ParseNetwork(text string) (network.List, error) { return network.Parse(text, Names(Activations)) }

// settleNetworks writes the lists of layers out: that of auto, and the decoder that mirrors the encoder.
func settleNetworks(c *Config, f DataFacts) error {
	m := &c.Model
	if m.Encoder == AutoNetwork {
		m.Encoder = network.Auto(f.Shape, string(SiLU)).String() // it learns photographs faster than relu
	}
	m.Encoder = plainNetwork(m.Encoder)
	encoder, decoder, err := m.Networks(f.Shape)
	if err != nil {
		return err
	}
	m.Decoder = decoder.String()
	return settleLatents(m, encoder)
}

// settleLatents makes the number of latents that of the map that the encoder ends in.
func settleLatents(m *Model, encoder []network.Step) error {
	codes := network.Codes(encoder, m.Latent, 0)
	if codes.Pixels() > MaxLatent {
		return fmt.Errorf("%s: it ends in a map of %v, %d latents, more than %d: use fewer channels, or a smaller map", Mention("model.encoder"), codes, codes.Pixels(), MaxLatent)
	}
	m.Latent = codes.Pixels()
	return nil
}

// LatentMap reports whether the encoder ends in a map of latents, whose number is not that of a setting.
func (m Model) LatentMap() bool {
	list, err := ParseNetwork(m.Encoder)
	return err == nil && list[len(list)-1].Kind == network.Latents
}

// Networks reads the lists of layers for images of a shape: the encoder's, with what each layer gets, and the decoder's,
// which mirrors the encoder unless there is another; nil where there is none, and the layers are those of Hidden. Errors:
// lists that the images do not fit.
func (m Model) Networks(image Shape) (encoder []network.Step, decoder network.List, err error) {
	if m.Decoder != "" && m.Decoder != AutoNetwork {
		if decoder, err = ParseNetwork(m.Decoder); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", Mention("model.decoder"), err)
		}
	}
	if m.Encoder == "" {
		return nil, decoder, nil
	}
	list, err := ParseNetwork(m.Encoder)
	if err == nil {
		encoder, err = network.Plan(list, list.Input(image, len(m.Classes)), nil)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", Mention("model.encoder"), err)
	}
	if decoder == nil {
		if decoder, err = network.Mirror(encoder); err != nil {
			return nil, nil, fmt.Errorf("%s: %w, with %s", Mention("model.encoder"), err, Mention("model.decoder"))
		}
		if _, err := network.Plan(decoder, network.Codes(encoder, m.Latent, len(m.Classes)), &image); err != nil {
			return nil, nil, fmt.Errorf("%s: in the decoder that mirrors it, %w: change it, or give another decoder with %s", Mention("model.encoder"), err, Mention("model.decoder"))
		}
	}
	return encoder, decoder, nil
}

// Mirrored tells whether there is a list of the encoder and that of the decoder mirrors it, given or not.
func (r Resolved) Mirrored() bool {
	m := r.Model
	m.Decoder = ""
	_, decoder, err := m.Networks(r.Shape)
	return m.Encoder != "" && err == nil && decoder.String() == r.Model.Decoder
}

// plainNetwork writes a list of layers as all are stored. What is none stays.
func plainNetwork(text string) string {
	list, err := ParseNetwork(text)
	if err != nil {
		return text
	}
	return list.String()
}

// checkComponents refuses more principal components than the images have.
func checkComponents(c *Config, f DataFacts) error {
	most := min(f.Shape.Pixels(), f.Train-1)
	switch {
	case c.Model.Kind != PCA || c.Model.Latent <= most:
		return nil
	case f.Train < 2:
		advice := "give more"
		if f.Validation > 0 {
			advice += ", or keep none back for validation, " + Mention("data.validation", "0")
		}
		return &Conflict{"model.kind", string(PCA), "needs 2 training images or more, and there is " + strconv.Itoa(f.Train), advice}
	}
	return fmt.Errorf("%s: %s of %v have at most %d principal components", Mention("model.latent", strconv.Itoa(c.Model.Latent)), trainingImages(f.Train), f.Shape, most)
}

// settleBatch makes a number of Auto, and sees that the training images fill a batch.
func settleBatch(c *Config, f DataFacts) error {
	most := min(f.Train, max(AutoBatch, c.Train.Slices))
	if c.Train.Batch == Auto {
		if c.Train.Batch = most; most > c.Train.Slices {
			c.Train.Batch -= most % c.Train.Slices
		}
	}
	if n := c.Train.Slices; c.Train.Batch%n != 0 {
		near := max(1, (c.Train.Batch+n/2)/n) * n
		return &Conflict{"train.batch", strconv.Itoa(c.Train.Batch), "does not go into " + strconv.Itoa(n) + " equal slices, " + Mention("train.slices", strconv.Itoa(n)),
			"try " + Mention("train.batch", strconv.Itoa(near))}
	}
	if c.Train.Batch <= f.Train {
		return nil
	}
	return &Conflict{"train.batch", strconv.Itoa(c.Train.Batch), "is more than the " + trainingImages(f.Train),
		"lower it, such as to " + Mention("train.batch", strconv.Itoa(most))}
}

// epsilon is PyTorch's where it is Auto.
func (t Train) epsilon() float64 {
	switch {
	case t.Epsilon != Auto:
		return t.Epsilon
	case t.Optimizer == Adagrad:
		return 1e-10
	}
	return 1e-8
}

// layers are those to pretrain.
func (c Config) layers() []LayerTraining {
	if c.Train.Pretrain == NoPretraining {
		return nil
	}
	layers := make([]LayerTraining, len(c.Model.Hidden)+1)
	for i := range layers {
		layers[i] = LayerTraining{ofLayer(c.Train.PretrainEpochs, i), valid(ParseCorruption, ofLayer(c.Train.PretrainCorrupt, i))}
	}
	return layers
}

// ofLayer picks from a list that has one element for each layer, or one for all.
func ofLayer[T any](list []T, i int) T {
	if len(list) == 1 {
		return list[0]
	}
	return list[i]
}

// valid parses what Validate has seen to.
func valid[T any](parse func(string) (T, error), text string) T {
	v, err := parse(text)
	if err != nil {
		panic("config: " + err.Error())
	}
	return v
}
