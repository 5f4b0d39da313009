package config

import "fmt"

// Auto lets the program choose when it knows the data: as Data.Validation the lesser of 5,000 and a twelfth of the
// training images, as Train.Batch the lesser of AutoBatch and the training images.
const Auto = -1

// AutoBatch is the most images that Auto puts in a batch.
const AutoBatch = 128

// Config is the resolved configuration: three sections, as in the YAML file.
type Config struct {
	Model Model // model:
	Data  Data  // data:
	Train Train // train:
}

// Model describes the network and its objective. With an image shape of D pixels it fixes every weight.
type Model struct {
	Kind       string  // kind: one of Kinds
	Latent     int     // latent: L, the number of latent dimensions
	Hidden     []int   // hidden: widths of the encoder's hidden layers; the decoder mirrors them; empty for none
	Activation string  // activation: of the hidden layers, one of Activations
	Init       string  // init: initial weights, one of Inits
	Likelihood string  // likelihood: p(x|z), one of Likelihoods
	Sigma      float64 // sigma: fixed standard deviation of the gaussian likelihood, in units of pixel value 0..1
	Beta       float64 // beta: weight of the KL term
}

// Data says which images to use and how.
type Data struct {
	Source     string // source: "mnist", or the path of a folder
	ImageSize  string // image_size: "WxH" in pixels, or "" for the images' own size
	Channels   int    // channels: 1 (grey), 3 (color), or 0 for what the images have
	Validation int    // validation: images kept back from training, or Auto
	Limit      int    // limit: train on so many of the shuffled images left after validation; 0 for all
}

// Train holds the settings of the optimisation.
type Train struct {
	Epochs       int     // epochs: passes over the training images
	Batch        int     // batch: B, images in one step, or Auto
	LearningRate float64 // learning_rate: of Adam
	Seed         uint64  // seed: of every random draw
}

// Default is the seed network, a 784-400-200-20 variational autoencoder of MNIST, and its training.
func Default() Config {
	return Config{
		Model: Model{
			Kind: "vae", Latent: 20, Hidden: []int{400, 200}, Activation: "relu", Init: "kaiming",
			Likelihood: "bernoulli", Sigma: 0.1, Beta: 1,
		},
		Data:  Data{Source: "mnist", Validation: Auto},
		Train: Train{Epochs: 20, Batch: Auto, LearningRate: 1e-3, Seed: 1},
	}
}

// Shape is the shape of one image, stored row by row with the channels of a pixel side by side.
type Shape struct {
	Width, Height, Channels int
}

// Pixels is D, the number of values in one image: width x height x channels.
func (s Shape) Pixels() int { return s.Width * s.Height * s.Channels }

// String is "28x28x1": width, height, channels.
func (s Shape) String() string { return fmt.Sprintf("%dx%dx%d", s.Width, s.Height, s.Channels) }

// Shape is the image shape that the settings ask for. A zero width and height, or zero channels, means
// that the images decide. The error is a *FieldError.
func (d Data) Shape() (Shape, error) {
	if err := first(d.checkImageSize(), d.checkChannels()); err != nil {
		return Shape{}, err
	}
	shape := Shape{Channels: d.Channels}
	if d.ImageSize != "" {
		shape.Width, shape.Height, _ = ParseImageSize(d.ImageSize)
	}
	return shape, nil
}
