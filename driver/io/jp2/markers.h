/* markers.h - the markers of a codestream (ISO/IEC 15444-1, annex A), and how
 * to read numbers in it. */
#ifndef RETILE_IO_JP2_MARKERS_H
#define RETILE_IO_JP2_MARKERS_H

#include <stdint.h>

#define RT_JP2_SOC 0xFF4Fu
#define RT_JP2_SIZ 0xFF51u
#define RT_JP2_COD 0xFF52u
#define RT_JP2_COC 0xFF53u
#define RT_JP2_TLM 0xFF55u
#define RT_JP2_PLM 0xFF57u
#define RT_JP2_PPM 0xFF60u
#define RT_JP2_PPT 0xFF61u
#define RT_JP2_CRG 0xFF63u
#define RT_JP2_COM 0xFF64u
#define RT_JP2_SOT 0xFF90u
#define RT_JP2_SOD 0xFF93u
#define RT_JP2_EOC 0xFFD9u

/* A marker SOT and its parameters. */
#define RT_JP2_SOT_BYTES 12

static inline uint16_t rt_jp2_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t rt_jp2_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

#endif
