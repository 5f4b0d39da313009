package config

import (
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"
)

// Figure is a published one that a preset is to reproduce.
type Figure struct {
	Measure string  // "loss", "nll" or "mse" on the test images, "probe" for the error of a linear classifier in percent, "train" for the loss of the last epoch
	Samples int     // of nll, k of L_k
	Value   float64 // NaN where the source has no number
	Source  string
}

const published = "Published: "

// Published lists the figures of a preset's comments, lines such as
//
//	# Published: nll:5000 86.76 Burda et al. 2015, table 1
//	# Published: loss - Kingma and Welling 2014, figure 2: curves only
func Published(fsys fs.FS, name string) ([]Figure, error) {
	src, err := fs.ReadFile(fsys, name+".yaml")
	if err != nil {
		return nil, fmt.Errorf("read preset %s: %w", name, err)
	}
	var figures []Figure
	for line := range strings.Lines(string(src)) {
		comment, ok := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !ok {
			continue
		}
		text, ok := strings.CutPrefix(strings.TrimSpace(comment), published)
		if !ok {
			continue
		}
		f, err := parseFigure(text)
		if err != nil {
			return nil, fmt.Errorf("preset %s: %q: %w", name, text, err)
		}
		figures = append(figures, f)
	}
	return figures, nil
}

func parseFigure(text string) (f Figure, err error) {
	parts := strings.SplitN(text, " ", 3)
	if len(parts) != 3 {
		return f, fmt.Errorf("must be a measure, a number and a source")
	}
	f.Source = parts[2]
	if f.Value = math.NaN(); parts[1] != "-" {
		if f.Value, err = strconv.ParseFloat(parts[1], 64); err != nil {
			return f, err
		}
	}
	measure, samples, sampled := strings.Cut(parts[0], ":")
	f.Measure = measure
	if sampled {
		if f.Samples, err = strconv.Atoi(samples); err != nil {
			return f, err
		}
	}
	known := map[string]bool{"loss": false, "nll": true, "mse": false, "probe": false, "train": false}
	if wants, ok := known[measure]; !ok || wants != sampled {
		return f, fmt.Errorf("unknown measure %q", parts[0])
	}
	return f, nil
}
