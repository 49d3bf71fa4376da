"""Static files under names that carry their content's hash, gzipped beforehand."""

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Gzip only: Brotli would save a tenth more and cost half a minute at every first start."""

    def create_compressor(self, **kwargs):
        return Compressor(
            **{**kwargs, "use_brotli": False, "extensions": {*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"}}
        )
