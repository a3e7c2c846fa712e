/* A temporary file, in a folder of its own: other files beside it would be taken for the same participant's. */
#include "demux.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

struct _UprightSpool
{
  gchar *folder, *path;
  gint fd;
};

static void
fail (GError ** error, const gchar * path, gint number)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "%s: %s", path, g_strerror (number));
}

UprightSpool *
upright_spool_new (GError ** error)
{
  UprightSpool *s = g_new0 (UprightSpool, 1);

  s->fd = -1;
  s->folder = g_dir_make_tmp ("upright-XXXXXX", error);
  if (!s->folder) {
    g_free (s);
    return NULL;
  }
  s->path = g_build_filename (s->folder, "recording.mjr", NULL);
  s->fd = g_open (s->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (s->fd < 0) {
    fail (error, s->path, errno);
    upright_spool_free (s);
    return NULL;
  }
  return s;
}

gboolean
upright_spool_write (UprightSpool * s, GstBuffer * buffer, GError ** error)
{
  GstMapInfo map;
  gsize done = 0;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    fail (error, s->path, ENOMEM);
    return FALSE;
  }
  while (done < map.size) {
    gssize n = write (s->fd, map.data + done, map.size - done);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      fail (error, s->path, errno);
      gst_buffer_unmap (buffer, &map);
      return FALSE;
    }
    done += n;
  }
  gst_buffer_unmap (buffer, &map);
  return TRUE;
}

const gchar *
upright_spool_path (UprightSpool * s)
{
  return s->path;
}

void
upright_spool_free (UprightSpool * s)
{
  if (s->fd >= 0)
    close (s->fd);
  if (s->path)
    g_unlink (s->path);
  g_rmdir (s->folder);
  g_free (s->path);
  g_free (s->folder);
  g_free (s);
}
