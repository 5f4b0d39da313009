package run

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"vae/internal/config"
)

// A metadataReader takes values from the metadata and keeps the first error.
type metadataReader struct {
	values map[string]string
	err    error
}

// common reads what a model and a state share.
func (r *metadataReader) common(sealed bool) (config.Config, Info) {
	r.version(sealed)
	info := Info{
		Program:       r.text(keyProgram),
		Dataset:       r.text(keyDataset),
		DatasetSHA256: r.text(keyDatasetSHA256),
		PixelMean:     r.float(keyPixelMean),
		Seed:          r.uint64(keySeed),
		Epoch:         r.count(keyEpoch),
		Step:          r.count(keyStep),
		Metrics:       r.metrics(),
		Unseen:        r.unseen(),
	}
	if !finite(info.PixelMean) {
		r.fail(keyPixelMean, "not a finite number")
	}
	return r.config(), info
}

// version comes first: another version's metadata may lack anything else. A sealed
// file has a checksum, which was held against it where it is there.
func (r *metadataReader) version(sealed bool) {
	v, ok := r.values[keyFormatVersion]
	switch {
	case !ok:
		r.err = fmt.Errorf("not a model of this program: its metadata lack %q", keyFormatVersion)
	case v == unsealed && !sealed:
	case v != strconv.Itoa(FormatVersion):
		r.err = &VersionError{Version: v}
	default:
		r.text(keyChecksum)
	}
}

func (r *metadataReader) text(key string) string {
	v, ok := r.values[key]
	if !ok && r.err == nil {
		r.err = fmt.Errorf("damaged, or not a file of this kind: its metadata lack %q", key)
	}
	return v
}

// fail notes that the value of key is wrong.
func (r *metadataReader) fail(key, why string) {
	if r.err == nil {
		r.err = fmt.Errorf("metadata %q is %.80q: %s", key, r.values[key], why)
	}
}

func (r *metadataReader) float(key string) float64 {
	v, err := strconv.ParseFloat(r.text(key), 64)
	if err != nil {
		r.fail(key, "not a number")
	}
	return v
}

func (r *metadataReader) uint64(key string) uint64 {
	v, err := strconv.ParseUint(r.text(key), 10, 64)
	if err != nil {
		r.fail(key, "not a whole number from 0 to 2^64-1")
	}
	return v
}

func (r *metadataReader) count(key string) int {
	v, err := strconv.ParseUint(r.text(key), 10, min(52, strconv.IntSize-1))
	if err != nil {
		r.fail(key, "not a whole number from 0")
	}
	return int(v)
}

func (r *metadataReader) progress() Progress {
	p, err := decodeProgress(r.text(keyProgress))
	if err != nil {
		r.fail(keyProgress, err.Error())
	}
	return p
}

func (r *metadataReader) phase() (p Phase) {
	if _, ok := r.values[keyPhaseEpoch]; ok {
		p.Epoch, p.Loss = r.count(keyPhaseEpoch), r.float(keyPhaseLoss)
	}
	return p
}

func (r *metadataReader) metrics() map[string]float64 {
	var values map[string]*float64
	dec := json.NewDecoder(strings.NewReader(r.text(keyMetrics)))
	err := dec.Decode(&values)
	if _, end := dec.Token(); err != nil || values == nil || end != io.EOF {
		r.fail(keyMetrics, "not a JSON object of numbers")
	}
	metrics := make(map[string]float64, len(values))
	for key, v := range values {
		if v == nil {
			r.fail(keyMetrics, "not a JSON object of numbers")
			continue
		}
		metrics[key] = *v
	}
	return metrics
}

// unseen reads what files of before have not.
func (r *metadataReader) unseen() (classes []string) {
	text, ok := r.values[keyUnseen]
	if ok && json.Unmarshal([]byte(text), &classes) != nil {
		r.fail(keyUnseen, "not a JSON list of texts")
	}
	return classes
}

func (r *metadataReader) config() config.Config {
	src := r.text(keyConfig)
	if r.err != nil {
		return config.Config{}
	}
	c, err := config.Load([]byte(src), "configuration", config.Default())
	if err == nil {
		err = c.Validate()
	}
	r.err = err
	return c
}
