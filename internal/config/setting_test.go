package config

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// A row says of a setting what its type asks for.
func TestTable(t *testing.T) {
	flags := map[string]string{"": "a setting without a flag"}
	for _, s := range table {
		c := Default()
		_, keyword := s.At(&c).(*Keyword)
		if s.Values != nil && !keyword {
			t.Errorf("%s: values of a %T", s.Path, s.At(&c))
		}
		if s.Flag != "" && (flags[s.Flag] != "" || s.Help == "") || s.Flag == "" && s.Path != "model.classes" && s.Path != "train.from" {
			t.Errorf("%s: flag %q of %s, help %q", s.Path, s.Flag, flags[s.Flag], s.Help)
		}
		flags[s.Flag] = s.Path
		shown := false
		for _, group := range Groups {
			shown = shown || s.Group == group
		}
		if !shown {
			t.Errorf("%s: group %q", s.Path, s.Group)
		}
	}
}

func TestCopy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := anyConfig(t), Default()
		for _, s := range table {
			s.Copy(&to, &from)
		}
		if !reflect.DeepEqual(from, to) {
			t.Fatalf("got %+v, want %+v", to, from)
		}
	})
}

func TestEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyConfig(t), Default()
		s := rapid.SampledFrom(table).Draw(t, "setting")
		s.Copy(&b, &a)
		if same := string(b.YAML()) == string(Default().YAML()); b.Equal(Default()) != same {
			t.Fatalf("%s: equal %v, as text %v", s.Path, !same, same)
		}
	})
	a, b := Default(), Default()
	if a.Model.TopHidden, b.Model.TopHidden = nil, []int{}; !a.Equal(b) {
		t.Error("an empty list is not one")
	}
	if a.Model.Classes, b.Model.Classes = []string{"a b", "c"}, []string{"a", "b c"}; a.Equal(b) {
		t.Error("two lists of classes that are printed the same are one")
	}
}

func TestReplaced(t *testing.T) {
	was, now := Default(), Default()
	now.Train.Epochs, now.Train.Patience, now.Data.Source = 7, 3, "elsewhere"
	if before, after, found := Replaced(was, now); found {
		t.Errorf("%v became %v", before, after)
	}
	now.Train.LearningRate = 0.5
	before, after, found := Replaced(was, now)
	if !found || before != (Written{"train.learning_rate", "0.001"}) || after != (Written{"train.learning_rate", "0.5"}) {
		t.Errorf("%v became %v (%v)", before, after, found)
	}
}
