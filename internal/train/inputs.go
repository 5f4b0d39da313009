package train

import (
	"fmt"
	"math"

	"vae/internal/config"
	"vae/internal/dataset"
)

const (
	// averaged is how many images tell how bright those of a split are, and
	// fewAverage is how few of them tell nothing.
	averaged   = 10_000
	fewAverage = 20
	// apart is by which factor the mean pixels of two splits may differ.
	apart = 3
)

// warnOfImages tells the observer of images that one would not train on by choice.
func warnOfImages(data *dataset.Splits, o Observer) {
	if text := oddImages(data.Train); text != "" && !data.Dim { // of those more is said than that they look alike
		o.Warning(text)
	}
	trained := brightness(data.Train)
	for _, other := range []struct {
		name  string
		split dataset.Split
	}{{"validation", data.Validation}, {"test", data.Test}} {
		mean := brightness(other.split)
		if low, high := min(mean, trained), max(mean, trained); high > apart*low { // not NaN
			o.Warning(fmt.Sprintf("the mean pixel of the %s images is %.3g, that of the training images %.3g (0 black, 1 white): "+
				"they are of another kind, or one of the two is inverted", other.name, mean, trained))
		}
	}
}

// oddImages says what is wrong with images of which nothing can be learned; "" where
// nothing is seen. It looks no further than the first image that is all right.
func oddImages(s dataset.Split) string {
	if s.Len() < 2 || s.Set.Shape.Pixels() < 2 {
		return ""
	}
	brightest, uniform, alike := float32(0), true, true
	for _, i := range s.Index {
		darkest, most := s.Set.Span(i)
		alike = alike && s.Set.Same(i, s.Index[0])
		uniform = uniform && darkest == most
		if brightest = max(brightest, most); !alike && !uniform && brightest > 0 {
			return ""
		}
	}
	switch {
	case brightest == 0:
		return "all training images are black: there is nothing to learn; look at the files of " + config.Mention("data.source")
	case alike:
		return "all training images are the same: there is nothing to learn; look at the files of " + config.Mention("data.source")
	case uniform:
		return "every training image is of one gray all over: there is next to nothing to learn; look at the files of " + config.Mention("data.source")
	}
	return ""
}

// brightness is the mean pixel of a split, 0 to 1, by its first 10,000 images; NaN
// where these are too few to tell.
func brightness(s dataset.Split) float64 {
	if s.Len() < fewAverage {
		return math.NaN()
	}
	some := dataset.Split{Set: s.Set, Index: s.Index[:min(s.Len(), averaged)]}
	var sum float64
	means := some.PixelMeans()
	for _, m := range means {
		sum += m
	}
	return sum / float64(len(means))
}
