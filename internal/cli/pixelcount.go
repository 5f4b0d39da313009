package cli

import (
	"errors"
	"math"
	"strconv"

	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/dataset"
)

// maxPixelsFlag is that of every command that reads images.
func maxPixelsFlag(f *pflag.FlagSet, n *int) {
	*n = dataset.DefaultMaxPixels
	f.Var(pixelCount{n}, "max-pixels", "refuse images that claim more pixels, which take up to 25 bytes of memory each")
}

// pixelCount is the flag value of a number of pixels.
type pixelCount struct{ n *int }

func (p pixelCount) Type() string { return "pixels" }

func (p pixelCount) String() string {
	if p.n == nil {
		return ""
	}
	return strconv.Itoa(*p.n)
}

func (p pixelCount) Set(text string) error {
	n, err := config.ParseInt(text)
	if err != nil || n < 1 || n > math.MaxInt32 {
		return errors.New("out of bounds")
	}
	*p.n = n
	return nil
}
