package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"

	"github.com/upright-media/upright/internal/human"
)

// scalarKind is what YAML takes an unquoted word for.
type scalarKind int

const (
	kindAny scalarKind = iota // from the environment, where there are only strings
	kindText
	kindQuoted
	kindNumber
	kindBool
)

var integer = regexp.MustCompile(`^[+-]?(0|[1-9][0-9]*)$`)

// set puts a word into a value. The error is the rest of a sentence that begins with the option's name.
func set(v reflect.Value, path, text string, kind scalarKind) error {
	switch v.Type() {
	case durationType:
		if kind == kindBool {
			return fmt.Errorf("%s is no duration; write it as 10s, 15m, 6h or 30d", quote(text))
		}
		x, err := ParseDuration(text)
		if err == nil {
			v.SetInt(int64(x))
		}
		return err
	case bytesType:
		x, err := human.ParseBytes(hideSecrets(text))
		if err == nil {
			v.SetInt(int64(x))
		}
		return err
	case sourcesType:
		return setSources(v, text)
	case numberType:
		if kind == kindNumber {
			kind = kindText
		}
	}
	if own, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if kind == kindBool {
			return fmt.Errorf("YAML takes %s for a truth value; put it into quotes", quote(text))
		}
		return own.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		return setString(v, text, kind)
	case reflect.Bool:
		return setBool(v, text, kind)
	case reflect.Int:
		return setInt(v, path, text, kind)
	}
	return errors.New("it cannot be given as one value")
}

func setString(v reflect.Value, text string, kind scalarKind) error {
	if kind == kindNumber || kind == kindBool {
		return fmt.Errorf("YAML takes %s for a %s; put it into quotes", quote(text),
			map[scalarKind]string{kindNumber: "number", kindBool: "truth value"}[kind])
	}
	v.SetString(text)
	return nil
}

func setBool(v reflect.Value, text string, kind scalarKind) error {
	if kind == kindQuoted && (text == "true" || text == "false") {
		return fmt.Errorf("%s is text; write %s without quotes", quote(text), text)
	}
	switch text {
	case "true", "false":
		v.SetBool(text == "true")
		return nil
	case "yes", "Yes", "YES", "on", "On", "ON", "1", "True", "TRUE":
		return fmt.Errorf("%s is neither true nor false; write true", quote(text))
	case "no", "No", "NO", "off", "Off", "OFF", "0", "False", "FALSE":
		return fmt.Errorf("%s is neither true nor false; write false", quote(text))
	}
	return fmt.Errorf("%s is neither true nor false", quote(text))
}

func setInt(v reflect.Value, path, text string, kind scalarKind) error {
	auto := ""
	if path == "workers.jobs" {
		if text == "auto" {
			v.SetInt(int64(coresOfMachine()))
			return nil
		}
		auto = ", or auto"
	}
	if kind == kindQuoted && integer.MatchString(text) {
		return fmt.Errorf("%s is text; write %s without quotes", quote(text), text)
	}
	if !integer.MatchString(text) {
		return fmt.Errorf("%s is no whole number; write it with digits%s", quote(text), auto)
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return fmt.Errorf("%s is out of range", quote(text))
	}
	v.SetInt(n)
	return nil
}

func setSources(v reflect.Value, text string) error {
	switch text {
	case Keep, Delete:
		v.Set(reflect.ValueOf(Sources{After: text}))
		return nil
	case Move:
		return errors.New("where to? Write {move: FOLDER}")
	}
	return fmt.Errorf("%s is none of keep, delete and {move: FOLDER}", quote(text))
}
