package serve

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"vae/internal/dataset"
	"vae/internal/embed"
	"vae/internal/run"
)

// digestOf is a part of the SHA-256 of what is written, in hexadecimal: long enough to tell what a run can have from one another.
func digestOf(write func(w *bufio.Writer)) string {
	sum := sha256.New()
	w := bufio.NewWriterSize(sum, 1<<16)
	write(w)
	_ = w.Flush() // a hash takes anything
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

func writeFloats(w *bufio.Writer, values []float32) {
	fmt.Fprintf(w, "%d numbers ", len(values))
	for _, v := range values {
		_, _ = w.Write(binary.LittleEndian.AppendUint32(w.AvailableBuffer(), math.Float32bits(v)))
	}
}

// identify gives the state its digests. That of all is of whatever answers follow from: program, model, images.
func (s *state) identify(version string) {
	s.weights = digestOf(func(w *bufio.Writer) {
		for _, setting := range s.saved.Config.Settings() {
			if setting.Path != "data.source" { // images that have moved
				fmt.Fprintf(w, "%q ", setting)
			}
		}
		for _, t := range s.model.Tensors() {
			fmt.Fprintf(w, "%q %v ", t.Name, t.Shape)
			writeFloats(w, t.Data)
		}
	})
	s.digest = digestOf(func(w *bufio.Writer) {
		fmt.Fprintf(w, "%q %d %s %+v %s ", version, embed.Version, s.weights, s.saved.Info, s.run.images.of(s.split))
		writeFloats(w, s.codes.Mu)
		writeFloats(w, s.codes.Logvar)
	})
}

// imagesDigest is that of the images that were shown last, which are the same for each model of a run.
type imagesDigest struct {
	split  dataset.Split
	digest string
}

// of is the digest of pixels, labels and names.
func (d *imagesDigest) of(split dataset.Split) string {
	if d.digest == "" || d.split.Set != split.Set || d.split.Dynamic != split.Dynamic || !slices.Equal(d.split.Index, split.Index) {
		*d = imagesDigest{split, digestOf(func(w *bufio.Writer) { writeImages(w, split) })}
	}
	return d.digest
}

func writeImages(w *bufio.Writer, split dataset.Split) {
	set := split.Set
	fmt.Fprintf(w, "%v %t %g %g %q ", set.Shape, split.Dynamic, set.Low, set.High, set.Classes)
	pixels := make([]float32, set.Shape.Pixels())
	for _, i := range split.Index {
		fmt.Fprintf(w, "%q ", set.Name(i))
		if set.Labels != nil {
			fmt.Fprintf(w, "%d ", set.Labels[i])
		}
		if set.Pixels != nil {
			_, _ = w.Write(set.Image(i))
			continue
		}
		set.Floats(pixels, i)
		writeFloats(w, pixels)
	}
}

// kept names a map of the codes beside the run.
func (s *state) kept(method string) run.MapName {
	return run.MapName{Method: method, Model: s.weights, Rest: digestOf(func(w *bufio.Writer) {
		made := s.method(method, nil)
		fmt.Fprintf(w, "%d %T %+v %d ", embed.Version, made, made, s.model.Latent())
		writeFloats(w, s.codes.Mu)
	})}
}
