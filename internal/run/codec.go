package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"vae/internal/config"
	"vae/internal/safetensors"
)

// The keys of the metadata. Those of the last group make a file a state.
const (
	keyFormat        = "format" // "pt": tensors are laid out as in PyTorch
	keyFormatVersion = "format_version"
	keyProgram       = "program"
	keyDataset       = "dataset"
	keyDatasetSHA256 = "dataset_sha256"
	keyPixelMean     = "pixel_mean"
	keySeed          = "seed"
	keyEpoch         = "epoch"
	keyStep          = "step"
	keyMetrics       = "metrics"
	keyConfig        = "config"
	keyChecksum      = "checksum" // of the whole file

	keyBestEpoch = "best_epoch"
	keyBestLoss  = "best_loss"
	keyProgress  = "progress"
)

// A VersionError says that a file has a format version that this program does not
// read.
type VersionError struct {
	Version string // as the file gives it
}

func (e *VersionError) Error() string {
	switch {
	case newer(e.Version):
		return fmt.Sprintf("format version %s, this program reads versions up to %d; update the program", e.Version, FormatVersion)
	case e.Version == unsealed: // a state: a model of it is read
		return fmt.Sprintf("format version %s, which trainings that go on cannot start from; train anew, or use the %s beside it as it is", e.Version, ModelFile)
	}
	return fmt.Sprintf("format version %q, this program reads versions up to %d", e.Version, FormatVersion)
}

// unsealed is the format version without checksums. Its models are still read.
const unsealed = "1"

func newer(version string) bool {
	v, err := strconv.Atoi(version)
	return err == nil && v > FormatVersion
}

func encodeModel(m *Model) (*safetensors.File, error) {
	metadata, err := encodeMetadata(m.Config, m.Info)
	if err != nil {
		return nil, err
	}
	tensors, err := encodeTensors(m.Tensors)
	return &safetensors.File{Metadata: metadata, Tensors: tensors}, err
}

func decodeModel(f *safetensors.File) (*Model, error) {
	r := &metadataReader{values: f.Metadata}
	var m Model
	m.Config, m.Info = r.common(f.Metadata[keyFormatVersion] != unsealed)
	if r.err != nil {
		return nil, r.err
	}
	if _, ok := f.Metadata[keyBestEpoch]; ok {
		return nil, fmt.Errorf("is the state of a training, not a model; name the %s beside it", ModelFile)
	}
	var err error
	m.Tensors, err = decodeTensors(f.Tensors)
	return &m, err
}

func encodeState(s *State) (*safetensors.File, error) {
	metadata, err := encodeMetadata(s.Config, s.Info)
	if err != nil {
		return nil, err
	}
	if s.BestEpoch < 0 {
		return nil, fmt.Errorf("%s is %d, must be 0 or more", keyBestEpoch, s.BestEpoch)
	}
	metadata[keyBestEpoch] = strconv.Itoa(s.BestEpoch)
	metadata[keyBestLoss] = formatFloat(s.BestLoss)
	if metadata[keyProgress], err = s.Progress.encode(); err != nil {
		return nil, err
	}
	tensors, err := encodeTensors(s.Tensors)
	return &safetensors.File{Metadata: metadata, Tensors: tensors}, err
}

func decodeState(f *safetensors.File) (*State, error) {
	r := &metadataReader{values: f.Metadata}
	var s State
	s.Config, s.Info = r.common(true)
	s.BestEpoch = r.count(keyBestEpoch)
	s.BestLoss = r.float(keyBestLoss)
	s.Progress = r.progress()
	if r.err != nil {
		return nil, r.err
	}
	var err error
	s.Tensors, err = decodeTensors(f.Tensors)
	return &s, err
}

func encodeMetadata(c config.Config, info Info) (map[string]string, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if info.Epoch < 0 || info.Step < 0 {
		return nil, fmt.Errorf("epoch %d and step %d must be 0 or more", info.Epoch, info.Step)
	}
	if !finite(info.PixelMean) {
		return nil, fmt.Errorf("%s is %v, not a finite number", keyPixelMean, info.PixelMean)
	}
	metrics, err := encodeMetrics(info.Metrics)
	if err != nil {
		return nil, err
	}
	metadata := map[string]string{
		keyFormat:        "pt",
		keyFormatVersion: strconv.Itoa(FormatVersion),
		keyProgram:       info.Program,
		keyDataset:       info.Dataset,
		keyDatasetSHA256: info.DatasetSHA256,
		keyPixelMean:     formatFloat(info.PixelMean),
		keySeed:          strconv.FormatUint(info.Seed, 10),
		keyEpoch:         strconv.Itoa(info.Epoch),
		keyStep:          strconv.Itoa(info.Step),
		keyMetrics:       metrics,
		keyConfig:        string(c.YAML()),
	}
	for key, value := range metadata { // the name of a dataset may come from a file system
		metadata[key] = strings.ToValidUTF8(value, "\uFFFD")
	}
	return metadata, nil
}

// encodeMetrics returns a JSON object, which has no NaN and no infinity.
func encodeMetrics(metrics map[string]float64) (string, error) {
	for key, v := range metrics {
		if !finite(v) {
			return "", fmt.Errorf("metric %q is %v, not a finite number", key, v)
		}
	}
	if metrics == nil {
		metrics = map[string]float64{}
	}
	text, err := json.Marshal(metrics)
	return string(text), err
}

func encodeTensors(tensors []Tensor) ([]safetensors.Tensor, error) {
	if len(tensors) == 0 {
		return nil, errors.New("there are no tensors")
	}
	if err := checkTensors(tensors); err != nil {
		return nil, err
	}
	encoded := make([]safetensors.Tensor, len(tensors))
	for i, t := range tensors {
		encoded[i] = safetensors.Float32s(t.Name, t.Shape, t.Data)
	}
	return encoded, nil
}

func decodeTensors(tensors []safetensors.Tensor) ([]Tensor, error) {
	if len(tensors) == 0 {
		return nil, errors.New("holds no tensors")
	}
	decoded := make([]Tensor, len(tensors))
	for i, t := range tensors {
		values, err := t.Float32()
		if err != nil {
			return nil, err
		}
		decoded[i] = Tensor{Name: t.Name, Shape: t.Shape, Data: values}
	}
	return decoded, checkTensors(decoded)
}

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
	v, err := strconv.Atoi(r.text(key))
	if err != nil || v < 0 {
		r.fail(key, "not a whole number from 0")
	}
	return v
}

func (r *metadataReader) progress() Progress {
	p, err := decodeProgress(r.text(keyProgress))
	if err != nil {
		r.fail(keyProgress, err.Error())
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

// formatFloat returns the shortest text that reads back as v.
func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
