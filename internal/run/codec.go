package run

import (
	"encoding/json"
	"errors"
	"fmt"
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
	keyUnseen        = "unseen_classes" // there only where there are some
	keyChecksum      = "checksum"       // of the whole file
	keyScores        = "scores"         // of training images; models alone
	keyLatents       = "latents"        // of their codes; models alone; since 0.3

	keyBestEpoch = "best_epoch"
	keyBestLoss  = "best_loss"
	keyProgress  = "progress"

	keyPhaseEpoch = "phase_epoch" // these two where there is one; since 0.3
	keyPhaseLoss  = "phase_loss"
	keyKernels    = "kernels" // since 0.3
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
	if m.Scores != nil {
		if metadata[keyScores], err = m.Scores.encode(); err != nil {
			return nil, err
		}
	}
	if m.Latents != nil {
		if metadata[keyLatents], err = m.Latents.encode(); err != nil {
			return nil, err
		}
	}
	tensors, err := encodeTensors(m.Tensors)
	return &safetensors.File{Metadata: metadata, Tensors: tensors}, err
}

func decodeModel(f *safetensors.File) (*Model, error) {
	r := &metadataReader{values: f.Metadata}
	var m Model
	m.Config, m.Info = r.common(f.Metadata[keyFormatVersion] != unsealed)
	m.Scores, m.Latents = r.scores(), r.latents()
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
	if s.BestEpoch < 0 || s.Phase.Epoch < 0 {
		return nil, fmt.Errorf("%s is %d and %s %d, must be 0 or more", keyBestEpoch, s.BestEpoch, keyPhaseEpoch, s.Phase.Epoch)
	}
	metadata[keyBestEpoch] = strconv.Itoa(s.BestEpoch)
	metadata[keyBestLoss] = formatFloat(s.BestLoss)
	if s.Kernels != "" {
		metadata[keyKernels] = s.Kernels
	}
	if s.Phase.Epoch > 0 {
		metadata[keyPhaseEpoch], metadata[keyPhaseLoss] = strconv.Itoa(s.Phase.Epoch), formatFloat(s.Phase.Loss)
	}
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
	s.Phase, s.Kernels = r.phase(), f.Metadata[keyKernels]
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
	if len(info.Unseen) > 0 {
		unseen, err := json.Marshal(info.Unseen)
		if err != nil {
			return nil, err
		}
		metadata[keyUnseen] = string(unseen)
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

// formatFloat returns the shortest text that reads back as v.
func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
