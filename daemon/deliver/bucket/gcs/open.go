// Package gcs brings buckets of Google Cloud Storage, gs://bucket, into a program that imports it. It speaks the JSON
// API, by Google's own library for that. Google's other library, and gocloud.dev's driver by it, can gRPC as well,
// which makes a program 20 MB bigger and its start slower.
package gcs

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"

	"gocloud.dev/blob"
	"google.golang.org/api/option"
	"google.golang.org/api/storage/v1"
)

// Scheme is that of a bucket's URL.
const Scheme = "gs"

func init() { blob.DefaultURLMux().RegisterBucket(Scheme, opener{}) }

type opener struct{}

// OpenBucketURL opens gs://bucket. The credentials are Google's Application Default Credentials. Parameters, all of
// them optional:
//
//   - anonymous: true does without credentials, as does access_id=-.
//   - universe_domain: another cloud of Google's making than googleapis.com.
//   - access_id, private_key_path: of gocloud.dev's driver, for signed URLs, which nobody here asks for.
func (opener) OpenBucketURL(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	options, err := optionsOf(u.Query(), os.Getenv("STORAGE_EMULATOR_HOST"))
	if err != nil {
		return nil, fmt.Errorf("gs://%s: %w", u.Host, err)
	}
	if u.Host == "" {
		return nil, errors.New("gs://: the name of the bucket is missing")
	}
	service, err := storage.NewService(ctx, options...)
	if err != nil { // as a text: the name of the file is part of what is wrong
		return nil, errors.New("the credentials cannot be used: " + err.Error())
	}
	return blob.NewBucket(&bucket{objects: service.Objects, name: u.Host}), nil
}

// optionsOf are what the parameters of a URL ask for. emulator is host and port of a stand-in for Google, "" for none.
func optionsOf(query url.Values, emulator string) ([]option.ClientOption, error) {
	anonymous := query.Get("access_id") == "-"
	options := []option.ClientOption{option.WithScopes(storage.DevstorageReadWriteScope), option.WithUserAgent("upright")}
	for name := range query {
		value := query.Get(name)
		switch name {
		case "access_id", "private_key_path":
		case "universe_domain":
			options = append(options, option.WithUniverseDomain(value))
		case "anonymous":
			yes, err := strconv.ParseBool(value)
			if err != nil {
				return nil, fmt.Errorf("anonymous=%s is neither true nor false", value)
			}
			anonymous = anonymous || yes
		case "grpc", "zonal":
			if yes, err := strconv.ParseBool(value); err != nil || yes {
				return nil, fmt.Errorf("%s=%s is not supported: objects are sent by the JSON API", name, value)
			}
		default:
			return nil, fmt.Errorf("there is no parameter %q", name)
		}
	}
	if emulator != "" {
		options = append(options, option.WithEndpoint("http://"+emulator+"/storage/v1/"))
		anonymous = true
	}
	if anonymous {
		options = append(options, option.WithoutAuthentication())
	}
	return options, nil
}
