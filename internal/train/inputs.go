package train

import (
	"bytes"
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
	if text := oddImages(data.Train); text != "" {
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
	first, brightest, uniform, alike := s.Set.Image(s.Index[0]), byte(0), true, true
	for _, i := range s.Index {
		image := s.Set.Image(i)
		alike = alike && bytes.Equal(image, first)
		uniform = uniform && bytes.Count(image, image[:1]) == len(image)
		if brightest <= 1 {
			brightest = max(brightest, greatest(image))
		}
		if !alike && !uniform && brightest > 1 {
			return ""
		}
	}
	switch {
	case brightest == 0:
		return "all training images are black: there is nothing to learn; look at the files of " + config.Mention("data.source")
	case brightest == 1:
		return "the brightest pixel of all training images is 1 of 255: they look like 0/1 masks stored as bytes, so multiply the pixels by 255"
	case alike:
		return "all training images are the same: there is nothing to learn; look at the files of " + config.Mention("data.source")
	case uniform:
		return "every training image is of one gray all over: there is next to nothing to learn; look at the files of " + config.Mention("data.source")
	}
	return ""
}

func greatest(image []byte) byte {
	most := image[0]
	for _, p := range image {
		most = max(most, p)
	}
	return most
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
