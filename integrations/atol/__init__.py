"""Cash registers in the cloud by the protocol of ATOL Online (possystem v4, v5); Evotor speaks it too."""
