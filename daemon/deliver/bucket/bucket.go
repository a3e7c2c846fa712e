// Package bucket brings the services that outputs can be uploaded to into a program that imports it: s3 (Amazon and all
// that speak its protocol), gs (Google), azblob (Azure) and file (another folder). It has nothing else: the services'
// own libraries are several times as big as the rest of Upright, and only a program that uploads needs them.
package bucket

import (
	_ "gocloud.dev/blob/azureblob" // azblob://container
	_ "gocloud.dev/blob/fileblob"  // file:///folder
	_ "gocloud.dev/blob/s3blob"    // s3://bucket

	_ "github.com/upright-media/upright/daemon/deliver/bucket/gcs" // gs://bucket
)
