// SPDX-License-Identifier: Apache-2.0
//
// The part of PDFium's public C interface that Recto uses, declared here because the library that we take out of
// a wheel comes without headers. Facts (names, types, values) follow PDFium build 8149.
#pragma once

typedef struct fpdf_document_t__ *FPDF_DOCUMENT;
typedef struct fpdf_page_t__ *FPDF_PAGE;
typedef struct fpdf_bitmap_t__ *FPDF_BITMAP;
typedef struct fpdf_bookmark_t__ *FPDF_BOOKMARK;
typedef struct fpdf_dest_t__ *FPDF_DEST;
typedef struct fpdf_action_t__ *FPDF_ACTION;

typedef struct {
    int version;  // 2
    const char **m_pUserFontPaths;
    void *m_pIsolate;
    unsigned int m_v8EmbedderSlot;
    void *m_pPlatform;
    int m_RendererType;  // 0: AGG
} FPDF_LIBRARY_CONFIG;

typedef struct {
    unsigned long m_FileLen;
    // Fills `buffer` with `size` bytes from `position`; 0 means failure.
    int (*m_GetBlock)(void *param, unsigned long position, unsigned char *buffer, unsigned long size);
    void *m_Param;
} FPDF_FILEACCESS;

typedef struct {
    float width;
    float height;
} FS_SIZEF;

typedef struct {
    float a, b, c, d, e, f;
} FS_MATRIX;

typedef struct {
    float left, top, right, bottom;
} FS_RECTF;

typedef struct IFSDK_PAUSE_ {
    int version;  // 1
    int (*NeedToPauseNow)(struct IFSDK_PAUSE_ *self);
    void *user;
} IFSDK_PAUSE;

enum {
    FPDF_ANNOT = 0x01,
    FPDFBitmap_BGRx = 3,
    FPDF_ERR_SUCCESS = 0,
    FPDF_ERR_UNKNOWN = 1,
    FPDF_ERR_FILE = 2,
    FPDF_ERR_FORMAT = 3,
    FPDF_ERR_PASSWORD = 4,
    FPDF_ERR_SECURITY = 5,
    FPDF_ERR_PAGE = 6,
    FPDF_RENDER_READY = 0,
    FPDF_RENDER_TOBECONTINUED = 1,
    FPDF_RENDER_DONE = 2,
    FPDF_RENDER_FAILED = 3,
};

void FPDF_InitLibraryWithConfig(const FPDF_LIBRARY_CONFIG *config);
unsigned long FPDF_GetLastError(void);

FPDF_DOCUMENT FPDF_LoadCustomDocument(FPDF_FILEACCESS *access, const char *password);
void FPDF_CloseDocument(FPDF_DOCUMENT document);
int FPDF_GetPageCount(FPDF_DOCUMENT document);
int FPDF_GetPageSizeByIndexF(FPDF_DOCUMENT document, int index, FS_SIZEF *size);
unsigned long FPDF_GetMetaText(FPDF_DOCUMENT document, const char *tag, void *buffer, unsigned long length);
unsigned long FPDF_GetPageLabel(FPDF_DOCUMENT document, int index, void *buffer, unsigned long length);

FPDF_PAGE FPDF_LoadPage(FPDF_DOCUMENT document, int index);
void FPDF_ClosePage(FPDF_PAGE page);
float FPDF_GetPageWidthF(FPDF_PAGE page);
float FPDF_GetPageHeightF(FPDF_PAGE page);
int FPDFPage_GetRotation(FPDF_PAGE page);
int FPDFPage_CountObjects(FPDF_PAGE page);

FPDF_BITMAP FPDFBitmap_CreateEx(int width, int height, int format, void *first_scan, int stride);
void FPDFBitmap_Destroy(FPDF_BITMAP bitmap);
int FPDF_RenderPageBitmap_Start(
    FPDF_BITMAP bitmap, FPDF_PAGE page, int start_x, int start_y, int size_x, int size_y, int rotate, int flags,
    IFSDK_PAUSE *pause);
int FPDF_RenderPage_Continue(FPDF_PAGE page, IFSDK_PAUSE *pause);
void FPDF_RenderPage_Close(FPDF_PAGE page);
void FPDF_RenderPageBitmapWithMatrix(
    FPDF_BITMAP bitmap, FPDF_PAGE page, const FS_MATRIX *matrix, const FS_RECTF *clipping, int flags);

FPDF_BOOKMARK FPDFBookmark_GetFirstChild(FPDF_DOCUMENT document, FPDF_BOOKMARK parent);
FPDF_BOOKMARK FPDFBookmark_GetNextSibling(FPDF_DOCUMENT document, FPDF_BOOKMARK bookmark);
unsigned long FPDFBookmark_GetTitle(FPDF_BOOKMARK bookmark, void *buffer, unsigned long length);
FPDF_DEST FPDFBookmark_GetDest(FPDF_DOCUMENT document, FPDF_BOOKMARK bookmark);
FPDF_ACTION FPDFBookmark_GetAction(FPDF_BOOKMARK bookmark);
FPDF_DEST FPDFAction_GetDest(FPDF_DOCUMENT document, FPDF_ACTION action);
int FPDFDest_GetDestPageIndex(FPDF_DOCUMENT document, FPDF_DEST destination);

typedef struct fpdf_pageobject_t__ *FPDF_PAGEOBJECT;

typedef struct {
    unsigned int width, height;
    float horizontal_dpi, vertical_dpi;
    unsigned int bits_per_pixel;
    int colorspace;
    int marked_content_id;
} FPDF_IMAGEOBJ_METADATA;

enum { FPDF_PAGEOBJ_IMAGE = 3 };

FPDF_PAGEOBJECT FPDFPage_GetObject(FPDF_PAGE page, int index);
int FPDFPageObj_GetType(FPDF_PAGEOBJECT object);
int FPDFPageObj_GetBounds(FPDF_PAGEOBJECT object, float *left, float *bottom, float *right, float *top);
int FPDFImageObj_GetImageMetadata(FPDF_PAGEOBJECT image, FPDF_PAGE page, FPDF_IMAGEOBJ_METADATA *metadata);
